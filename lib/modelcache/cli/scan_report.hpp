// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a scan is shown, as a table or as records. Promise: the keys of the records are those of
// docs/scripting.md; they only grow.

#include "modelcache/cli/report.hpp"
#include "modelcache/ops/scan.hpp"

#include <string_view>
#include <vector>

namespace modelcache::cli {

struct ScanView {
  bool files = false;
  bool revisions = false;  // a row for each
  bool check = false;      // every finding, not only their number
  bool truncate = true;
  bool narrowed = false;  // not all repos are here: totals are theirs, not the cache's
};

// Findings of repos that are not here are not counted either.
void report_scan(const std::vector<CacheScan>& scans, const ScanView& view, Report& report);

// `repo` as "model/org/name".
Record file_record(std::string_view repo, std::string_view commit, const FileInventory& file);

}  // namespace modelcache::cli
