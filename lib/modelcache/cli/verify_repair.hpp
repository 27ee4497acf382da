// SPDX-License-Identifier: Apache-2.0
#pragma once

// --repair-from and --quarantine of verify-sha: what is planned, done and told. Promise: nothing is written
// without one of them, nor with --dry-run, which tells the same steps as the real run.

#include "modelcache/cli/app.hpp"
#include "modelcache/cli/program.hpp"
#include "modelcache/cli/verify_report.hpp"
#include "modelcache/ops/repair.hpp"

#include <memory>
#include <vector>

namespace modelcache::cli {

std::vector<OptionSpec> repair_options();
bool wants_repair(const Arguments& arguments);
// Throws Error(usage) where they say nothing, or against other options.
void require_sense_of_repair(const Arguments& arguments);

// What mends this place. Throws what Repair does, before anything is read of the place.
std::unique_ptr<Repair> open_repair(const Place& place, const Arguments& arguments, Context& context);
// Tells the plan, does it unless it is a dry run, tells what was done, and marks in `found` what is whole
// now.
void mend(const Place& place, Repair& repair, const Arguments& arguments, Verification& found,
          VerifyReport& report, Context& context);

}  // namespace modelcache::cli
