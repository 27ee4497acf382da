// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a conversion is shown: the paths it made, alone, on stdout; all else on stderr or as records. Promise:
// a dry run and a real run show the same entries.

#include "modelcache/cli/report.hpp"
#include "modelcache/ops/copy.hpp"

#include <cstddef>
#include <cstdint>

namespace modelcache::cli {

enum class Run { real, dry };

class CopyReport {
 public:
  CopyReport(Run run, Report& report) : run_(run), report_(report) {}

  Run run() const noexcept { return run_; }
  // Before anything of it is written: the choices that were made for the user, and what is left out.
  void announce(const CopyPlan& plan);
  // One repo, announced and done. Several of them make one summary.
  void add(const CopyPlan& plan);
  // What all of it comes to, into the last record.
  void finish();

 private:
  struct Totals {
    std::uint64_t revisions = 0;
    std::uint64_t written = 0;
    std::uint64_t reused = 0;
    std::uint64_t skipped = 0;
    std::uint64_t bytes_written = 0;
  };

  Run run_;
  Report& report_;
  Totals totals_;
  std::size_t notes_said_ = 0;  // of the plan that is announced
};

}  // namespace modelcache::cli
