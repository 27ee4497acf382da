// SPDX-License-Identifier: Apache-2.0
#pragma once

// cache2dir as a Program, for its main and for the manual. Promise: the cache is only read, unless --move
// says otherwise.

#include "modelcache/cli/program.hpp"

namespace modelcache::cli {

Program cache2dir();

}  // namespace modelcache::cli
