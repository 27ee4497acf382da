// SPDX-License-Identifier: Apache-2.0
#pragma once

// The reports of all shards of one place as one. Promise: nothing is told before each report was read to its
// end, is whole and belongs to the others; then every file is told exactly once, in the order of a run
// without shards, in memory that does not grow with their number.

#include "modelcache/base/line_file.hpp"
#include "modelcache/ops/verify_report_line.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

// One report, line by line. What it throws, but for I/O, is Error(refused) that names file and line.
class ShardReport {
 public:
  ShardReport(std::string path, std::size_t block) : lines_(std::move(path), block, longest_report_line) {}

  const std::string& path() const noexcept { return lines_.path(); }
  // Of the first line, once begin() has read it.
  const std::optional<ShardHead>& head() const noexcept { return head_; }
  // Once next() has found the end.
  const ReportSummary& summary() const noexcept { return summary_; }

  // From the first line on, also once more.
  void begin();
  // A Finding or a ReportedFile; nothing behind the last, when the summary has told that the run was whole.
  std::optional<ReportLine> next();

 private:
  ReportLine line(std::string_view missing);
  void take(const Finding& finding);
  void take(const ReportedFile& file);
  void take(const ReportSummary& summary);

  LineFile lines_;
  std::optional<ShardHead> head_;
  ReportSummary summary_;
  ReportSummary counted_;
  std::optional<std::uint64_t> last_file_;
};

class VerifyMerge {
 public:
  // Reads all of them. Throws Error(refused) that says what is wrong with each, and which shards are to be
  // run again; Error(io) with EINTR when cancelled.
  VerifyMerge(const std::vector<std::string>& paths, const std::atomic<bool>* cancelled);

  struct Visitor {
    std::function<void(const Finding&)> finding;
    std::function<void(const ReportedFile&)> file;
  };
  // Reads them once more.
  void visit(const Visitor& visitor);

  std::uint64_t bytes_hashed() const;
  std::uint64_t seconds() const;  // of all runs together

 private:
  void require_whole(const std::vector<std::string>& flaws) const;
  std::uint64_t sum(std::uint64_t ReportSummary::*part) const;

  std::vector<ShardReport> reports_;
  const std::atomic<bool>* cancelled_;
};

}  // namespace modelcache
