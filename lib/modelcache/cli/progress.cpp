// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/progress.hpp"

#include "modelcache/base/text.hpp"
#include "modelcache/base/units.hpp"
#include "modelcache/cli/table.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace modelcache::cli {

namespace {

constexpr std::chrono::milliseconds shortest_pause{100};

void write_line(const std::string& text) {
  // "\r" and "erase to the end": the line is drawn over itself.
  const std::string line = "\r\x1b[K" + text;
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

Progress::~Progress() {
  finish();
}

void Progress::start(std::string_view label, std::uint64_t total) {
  const std::scoped_lock lock(mutex_);
  label_ = terminal_safe(label);
  total_ = total;
  current_.clear();
  done_ = 0;
  started_ = Clock::now();
}

void Progress::add(std::uint64_t bytes) {
  done_ += bytes;
  if (!shown_) return;
  // Whoever finds the line being drawn goes on with its work.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  const auto now = Clock::now();
  if (!lock || now - drawn_ < shortest_pause) return;
  draw(now);
}

void Progress::show(std::string_view current) {
  if (!shown_) return;
  const std::scoped_lock lock(mutex_);
  current_ = terminal_safe(current);
}

void Progress::draw(Clock::time_point now) {
  drawn_ = now;
  on_screen_ = true;
  const double seconds = std::max(std::chrono::duration<double>(now - started_).count(), 0.001);
  const std::uint64_t done = done_;
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(done) / seconds);
  std::string text = label_ + "  " + format_size(done);
  if (total_ > 0) text += " of " + format_size(total_);
  text += "  " + format_size(rate) + "/s";
  if (done < total_ && rate > 0) text += fmt::format("  {} s left", (total_ - done) / rate + 1);
  if (!current_.empty()) text += "  " + current_;
  const auto width = terminal_width(STDERR_FILENO);
  // In the last column some terminals wrap, and then a line can no longer be drawn over itself.
  write_line(width ? fit_to_width(text, std::max<std::size_t>(*width, 2) - 1) : text);
}

void Progress::finish() {
  const std::scoped_lock lock(mutex_);
  if (on_screen_) write_line("");
  on_screen_ = false;
}

}  // namespace modelcache::cli
