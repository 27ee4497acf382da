// SPDX-License-Identifier: Apache-2.0
#pragma once

// The side files of an AI Studio or ModelScope directory, decoded. Promise: everything in them is shown, and
// nothing is done on their word.

#include "modelcache/cli/report.hpp"
#include "modelcache/ops/meta.hpp"

namespace modelcache::cli {

// As text, or as a `meta` record. Throws Error(refused), naming opcode and offset where one is to blame, for
// a pickle that is unsafe or none.
void report_side_file(const SideFile& file, Report& report);

}  // namespace modelcache::cli
