// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a conversion is shown: the paths it made, alone, on stdout; all else on stderr or as records. Promise:
// a dry run and a real run show the same entries.

#include "modelcache/cli/report.hpp"
#include "modelcache/ops/copy.hpp"

namespace modelcache::cli {

enum class Run { real, dry };
void report_copy(const CopyPlan& plan, Run run, Report& report);

}  // namespace modelcache::cli
