// SPDX-License-Identifier: Apache-2.0
#pragma once

// dir2cache as a Program, for its main and for the manual. Promise: the directory is only read, unless --move
// says otherwise.

#include "modelcache/cli/program.hpp"

namespace modelcache::cli {

Program dir2cache();

}  // namespace modelcache::cli
