// SPDX-License-Identifier: Apache-2.0
#pragma once

// Text for people. Promise: what comes out of these functions cannot steer a terminal or forge a line,
// whatever bytes went in.

#include <cstddef>
#include <string>
#include <string_view>

namespace modelcache {

// C0, C1, DEL, line and paragraph separators, bidirectional and zero-width characters, and bytes that are not
// UTF-8, become \n, \t, \r, \e, \xHH or \u{HHHH}; a backslash becomes two, so the result reads one way only.
std::string terminal_safe(std::string_view bytes);

// Whether `bytes` is well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool is_utf8(std::string_view bytes);
// Each byte that is not part of well-formed UTF-8 becomes U+FFFD.
std::string lossy_utf8(std::string_view bytes);

// How many terminal columns a terminal_safe text takes: wide East Asian characters take two, combining ones
// none.
std::size_t display_width(std::string_view text);
// The longest prefix that, with "..." behind it, takes at most `width` columns; `text` itself where it fits.
std::string fit_to_width(std::string_view text, std::size_t width);

}  // namespace modelcache
