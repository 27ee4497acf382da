// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/verify_merge.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/ops/verify_merge.hpp"

#include <fmt/format.h>

namespace modelcache::cli {

namespace {

void require_none(const Arguments& arguments, std::string_view option,
                  std::initializer_list<std::string_view> others) {
  for (const std::string_view other : others)
    if (arguments.has(other))
      throw Error(Cause::usage, fmt::format("--{} does not go with --{}", other, option));
}

}  // namespace

std::optional<Shard> shard_option(const Arguments& arguments, std::size_t places) {
  if (arguments.has("merge")) {
    if (arguments.positional().empty()) throw Error(Cause::usage, "--merge takes the reports of all shards");
    require_none(arguments, "merge",
                 {"shard", "manifest", "hub", "timeout", "repo", "repo-type", "write-manifest", "format",
                  "state", "max-age", "time-limit", "quick", "repair-from", "quarantine"});
  }
  const auto text = arguments.text("shard");
  if (!text) return {};
  const Shard shard = parse_shard(*text);
  if (places > 1) throw Error(Cause::usage, "--shard goes with one PLACE");
  require_none(arguments, "shard", {"write-manifest", "repair-from", "quarantine"});
  return shard;
}

void use_shard(const Shard& shard, VerifyRequest& request, VerifyReport& report, Context& context) {
  request.shard = shard;
  const bool sizes_only = request.sizes_only;
  request.listed = [&report, &context, shard, sizes_only](const VerifyListing& listing) {
    report.begin_shard(
        {shard, MODELCACHE_VERSION, listing.digest.text(), listing.files, sizes_only, listing.is_of_cache});
    context.report().say(fmt::format("shard {} of {} files", shard.text(), listing.files));
  };
}

void merge_reports(const Arguments& arguments, const std::set<VerifyStatus>& failing, Context& context) {
  VerifyMerge merge(arguments.positional(), &context.cancelled());
  VerifyReport report(context.report(), failing);
  merge.visit({[&](const Finding& finding) { context.report().finding(finding); },
               [&](const ReportedFile& one) { report.add(one.place, one.file); }});
  report.add_hashed(merge.bytes_hashed());
  report.finish();
  context.report().summary().number("seconds", merge.seconds());
}

}  // namespace modelcache::cli
