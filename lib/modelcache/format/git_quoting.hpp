// SPDX-License-Identifier: Apache-2.0
#pragma once

// Any text as a piece of git's own text files, and of a shell command. Promise: git (or the shell) reads back
// exactly what was given, and nothing of it as syntax.

#include "modelcache/model/rel_path.hpp"

#include <string>
#include <string_view>

namespace modelcache {

// The value of a git config line, or the name of a sub-section: in quotes. Precondition: no NUL and, for a
// sub-section, no newline.
std::string quoted_config_value(std::string_view value);

// A line of .git/info/attributes that gives this one file to git-lfs, with the newline. git ignores a line of
// more than 2,048 bytes.
std::string lfs_attributes_line(const RelPath& path);

// One word of a POSIX shell; without quotes where it needs none.
std::string quoted_shell_word(std::string_view text);

}  // namespace modelcache
