// SPDX-License-Identifier: Apache-2.0
#pragma once

// --pointer-newline, the same in every program that writes ids of LFS pointers. Promise: a word that is none
// of the three is a usage error.

#include "modelcache/cli/program.hpp"
#include "modelcache/format/lfs_pointer.hpp"

#include <string>

namespace modelcache::cli {

// `where` goes in front of the help text, `otherwise` tells what auto does.
OptionSpec pointer_newline_option(const std::string& where, const std::string& otherwise);
// Throws Error(usage).
PointerNewline pointer_newline(const Arguments& arguments);

}  // namespace modelcache::cli
