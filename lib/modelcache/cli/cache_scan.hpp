// SPDX-License-Identifier: Apache-2.0
#pragma once

// cache-scan as a Program, for its main and for the manual. Promise: it never writes.

#include "modelcache/cli/program.hpp"

namespace modelcache::cli {

Program cache_scan();

}  // namespace modelcache::cli
