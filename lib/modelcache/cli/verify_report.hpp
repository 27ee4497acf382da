// SPDX-License-Identifier: Apache-2.0
#pragma once

// What verify-sha says of each file. Promise: a line and a record a file; the counts are those of the lines.
// With NUL behind paths only what should be downloaded is printed.

#include "modelcache/cli/report.hpp"
#include "modelcache/ops/verify.hpp"

#include <array>
#include <cstdint>
#include <set>
#include <vector>

namespace modelcache::cli {

class VerifyReport {
 public:
  // `failing`: what makes the exit status "problems found".
  VerifyReport(Report& report, std::set<VerifyStatus> failing)
      : report_(report), failing_(std::move(failing)) {}

  void add(const Place& place, const Verification& found);
  // The counts, and what has to be downloaded.
  void finish();

 private:
  void add(const Place& place, const VerifiedFile& file);
  void print_end(const std::string& counts);
  std::uint64_t count(VerifyStatus status) const { return counts_.at(static_cast<std::size_t>(status)); }

  Report& report_;
  std::set<VerifyStatus> failing_;
  std::array<std::uint64_t, 7> counts_{};
  std::uint64_t bytes_hashed_ = 0;
  std::uint64_t unchecked_ = 0;
  std::vector<std::string> wanted_;  // names of what should be downloaded
};

}  // namespace modelcache::cli
