// SPDX-License-Identifier: Apache-2.0
#pragma once

// What verify-sha says of each file. Promise: a line and a record a file; the counts are those of the lines.
// With NUL behind paths only what should be downloaded is printed.

#include "modelcache/cli/report.hpp"
#include "modelcache/ops/verify.hpp"
#include "modelcache/ops/verify_report_line.hpp"

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache::cli {

Record record_of(const ShardHead& head);
Record record_of(std::string_view place, const VerifiedFile& file);

class VerifyReport {
 public:
  // `failing`: what makes the exit status "problems found".
  VerifyReport(Report& report, std::set<VerifyStatus> failing)
      : report_(report), failing_(std::move(failing)) {}

  void add(const Place& place, const Verification& found);
  void add(std::string_view place, const VerifiedFile& file);
  void add_hashed(std::uint64_t bytes) { bytes_hashed_ += bytes; }
  // The first record of a shard's report, at once on stdout: of a run that is killed it is all that comes.
  void begin_shard(const ShardHead& head);
  // Before anything else: that there may be files that are mended.
  void expect_mending() { mends_ = true; }
  // After it was told: it may be whole again by now, or away.
  void mended(const VerifiedFile& file, bool is_moved);
  // The counts, and what has to be downloaded.
  void finish();

 private:
  void print_end(const std::string& counts);
  std::uint64_t count(VerifyStatus status) const { return counts_.at(static_cast<std::size_t>(status)); }

  Report& report_;
  std::set<VerifyStatus> failing_;
  std::array<std::uint64_t, 7> counts_{};
  std::uint64_t bytes_hashed_ = 0;
  std::uint64_t unchecked_ = 0;
  bool is_late_ = false;
  bool is_of_shard_ = false;
  std::vector<std::string> wanted_;    // names of what should be downloaded, but under --json
  std::set<std::string> whole_again_;  // names of what was restored
  std::uint64_t failing_files_ = 0;    // that are not restored
  bool mends_ = false;
  std::uint64_t restored_ = 0;
  std::uint64_t quarantined_ = 0;
};

// As people name it: in a cache the repo and the revision belong to it. terminal_safe.
std::string shown_name(const VerifiedFile& file);

}  // namespace modelcache::cli
