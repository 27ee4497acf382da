// SPDX-License-Identifier: Apache-2.0
#pragma once

// From main() to the exit status. Promise: the only place that catches everything, and the only one that
// turns causes into exit codes; the worst of what happened wins (docs/exit-status.md).

#include "modelcache/cli/program.hpp"
#include "modelcache/cli/progress.hpp"
#include "modelcache/cli/report.hpp"

#include <atomic>
#include <chrono>

namespace modelcache::cli {

// What a program's action works with, besides its own arguments.
class Context {
 public:
  Context(const Arguments& arguments, const std::atomic<bool>& cancelled);

  Report& report() noexcept { return report_; }
  Progress& progress() noexcept { return progress_; }
  // Set by SIGINT, SIGTERM and SIGHUP: stop as soon as it is safe.
  const std::atomic<bool>& cancelled() const noexcept { return cancelled_; }
  unsigned jobs() const noexcept { return jobs_; }
  std::chrono::milliseconds wait() const noexcept { return wait_; }
  std::size_t verbosity() const noexcept { return verbosity_; }
  bool allow_foreign_owner() const noexcept { return allow_foreign_owner_; }

 private:
  Report report_;
  Progress progress_;
  const std::atomic<bool>& cancelled_;
  unsigned jobs_;
  std::chrono::milliseconds wait_;
  std::size_t verbosity_;
  bool allow_foreign_owner_;
};

// Parses, acts, reports; returns the exit status. Ends the process by the signal itself when one came.
int run(int argc, const char* const* argv, const Program& program);

}  // namespace modelcache::cli
