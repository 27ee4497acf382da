// SPDX-License-Identifier: Apache-2.0
#pragma once

// From main() to the exit status. Promise: the only place that catches everything, and the only one that
// turns causes into exit codes; the worst of what happened wins.

#include "modelcache/cli/program.hpp"
#include "modelcache/cli/progress.hpp"
#include "modelcache/cli/report.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

namespace modelcache::cli {

// What a program's action works with, besides its own arguments.
class Context {
 public:
  // Throws Error(usage) for shared options that make no sense.
  Context(const Program& program, const Arguments& arguments, const std::atomic<bool>& cancelled);

  // For one of several things that were asked for: what fails, unless it is a usage error, is told and
  // decides the exit status, and the next one can go on. Returns whether `work` was done.
  bool attempt(const std::function<void()>& work);
  // Inside a handler only: tells the exception that is being handled, on stderr and in the summary.
  void tell_failure();
  // So far, problems and failures told, without a signal.
  ExitStatus status() const noexcept;

  Report& report() noexcept { return report_; }
  Progress& progress() noexcept { return progress_; }
  // Set by SIGINT, SIGTERM and SIGHUP: stop as soon as it is safe.
  const std::atomic<bool>& cancelled() const noexcept { return cancelled_; }
  unsigned jobs() const noexcept { return jobs_; }
  std::chrono::milliseconds wait() const noexcept { return wait_; }
  std::size_t verbosity() const noexcept { return verbosity_; }
  bool allow_foreign_owner() const noexcept { return allow_foreign_owner_; }

 private:
  std::string program_;
  Report report_;
  ExitStatus failures_;
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
