// SPDX-License-Identifier: Apache-2.0
#pragma once

// Bytes as text, by RFC 4648 with padding. Promise: a text reads back only where it is exactly what is
// written for its bytes.

#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

std::string base64(std::string_view bytes);
// Nothing for other characters (so white space and line ends), missing padding or bits behind the last byte.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace modelcache
