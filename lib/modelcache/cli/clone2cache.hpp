// SPDX-License-Identifier: Apache-2.0
#pragma once

// clone2cache as a Program, for its main and for the manual. Promise: the clone is only read, unless --move
// says otherwise.

#include "modelcache/cli/program.hpp"

namespace modelcache::cli {

Program clone2cache();

}  // namespace modelcache::cli
