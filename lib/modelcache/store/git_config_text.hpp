// SPDX-License-Identifier: Apache-2.0
#pragma once

// A git config judged as text, before any parser acts on it. Promise: what git could take for a section or a
// value of a key is found, however it is laid out; rather one too many than one too few.

#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

// Whether a section header starting with `name` (lower case) may be in it: "include" also finds "includeIf".
bool may_have_section(std::string_view config, std::string_view name);

struct ConfigValues {
  std::vector<std::string> values;  // without quotes, in the order of the text
  bool certain = true;              // false: a value has escapes or goes on in the next line
};
// What may be assigned to `key` (lower case) in any section.
ConfigValues values_of(std::string_view config, std::string_view key);

}  // namespace modelcache
