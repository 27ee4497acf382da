// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files that the user names on the command line: links to them are followed. Promise: what is written is
// there as a whole or not at all.

#include "modelcache/base/fd.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// Nothing when there is none. Throws Error(refused) for what is no file or has more than `limit` bytes.
std::optional<std::string> find_user_file(const std::string& path, std::size_t limit);

// For reading. Throws Error(not_found) when there is none, Error(refused) for what is no file.
Fd open_user_file(const std::string& path);

// Durable on return. Throws Error(not_found) when the directory is not there.
void write_user_file(const std::string& path, std::string_view bytes);

}  // namespace modelcache
