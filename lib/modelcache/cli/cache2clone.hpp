// SPDX-License-Identifier: Apache-2.0
#pragma once

// cache2clone as a Program, for its main and for the manual. Promise: the cache is only read, and no other
// program is run.

#include "modelcache/cli/program.hpp"

namespace modelcache::cli {

Program cache2clone();

}  // namespace modelcache::cli
