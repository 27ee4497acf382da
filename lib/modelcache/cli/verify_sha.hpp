// SPDX-License-Identifier: Apache-2.0
#pragma once

// verify-sha as a Program, for its main and for the manual. Promise: it writes only the files that options
// name.

#include "modelcache/cli/program.hpp"

namespace modelcache::cli {

Program verify_sha();

}  // namespace modelcache::cli
