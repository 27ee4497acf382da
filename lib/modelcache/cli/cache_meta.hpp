// SPDX-License-Identifier: Apache-2.0
#pragma once

// cache-meta as a Program, for its main and for the manual. Promise: it writes with --rebuild only.

#include "modelcache/cli/program.hpp"

namespace modelcache::cli {

Program cache_meta();

}  // namespace modelcache::cli
