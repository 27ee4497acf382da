// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a scan is shown, as a table or as records. Promise: the keys of the records are those of
// docs/scripting.md; they only grow.

#include "modelcache/cli/report.hpp"
#include "modelcache/ops/scan.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace modelcache::cli {

struct ScanView {
  bool files = false;
  bool revisions = false;  // a row for each
  bool check = false;      // every finding, not only their number
  bool truncate = true;
  std::optional<std::uint64_t> limit;
};

void report_scan(const std::vector<CacheScan>& scans, const ScanView& view, Report& report);

Record file_record(std::string_view repo, std::string_view commit, const FileInventory& file);

}  // namespace modelcache::cli
