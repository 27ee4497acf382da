// SPDX-License-Identifier: Apache-2.0
#pragma once

// One line on stderr that tells how far a long job is. Promise: nothing is written unless it was asked for,
// at most ten times a second, and the line is gone at the end.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace modelcache::cli {

class Progress {
 public:
  explicit Progress(bool shown) : shown_(shown) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `total` in bytes, 0 when unknown; `label` is shown in front. Names may hold any bytes.
  void start(std::string_view label, std::uint64_t total);
  // From any thread: what is being worked on, and how many bytes more are done.
  void show(std::string_view current);
  void add(std::uint64_t bytes);
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void draw(Clock::time_point now);

  bool shown_;
  std::mutex mutex_;
  std::string label_;
  std::string current_;
  std::uint64_t total_ = 0;
  std::atomic<std::uint64_t> done_{0};
  Clock::time_point started_{};
  Clock::time_point drawn_{};
  bool on_screen_ = false;
};

}  // namespace modelcache::cli
