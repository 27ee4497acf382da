// SPDX-License-Identifier: Apache-2.0
#pragma once

// The forms in which Unicode writes one name. Promise: pure.

#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// The name with accents composed (NFC): equal for names that look the same. Nothing for what is not UTF-8.
std::optional<std::string> composed_form(std::string_view name);

// "utf8proc 2.8.0"
std::string unicode_library_version();

}  // namespace modelcache
