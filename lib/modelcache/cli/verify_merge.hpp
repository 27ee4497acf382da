// SPDX-License-Identifier: Apache-2.0
#pragma once

// verify-sha --merge: the reports of shards told as one run. Promise: the lines, records and counts of a run
// without shards; or a refusal that says which shards are to be run again.

#include "modelcache/cli/app.hpp"
#include "modelcache/cli/program.hpp"
#include "modelcache/cli/verify_report.hpp"
#include "modelcache/ops/verify.hpp"
#include "modelcache/ops/verify_shard.hpp"

#include <optional>
#include <set>

namespace modelcache::cli {

// Nothing without --shard. Throws Error(usage), also for options that do not go with it, or with --merge.
std::optional<Shard> shard_option(const Arguments& arguments, std::size_t places);

// Lets a run verify one shard, and its report tell so.
void use_shard(const Shard& shard, VerifyRequest& request, VerifyReport& report, Context& context);

void merge_reports(const Arguments& arguments, const std::set<VerifyStatus>& failing, Context& context);

}  // namespace modelcache::cli
