// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/table.hpp"

#include "modelcache/base/text.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace modelcache::cli {

namespace {

constexpr std::size_t gap = 2;

std::string padded(const std::string& cell, std::size_t width, Align align) {
  const std::string text = fit_to_width(cell, width);
  const std::string space(width - std::min(width, display_width(text)), ' ');
  return align == Align::right ? space + text : text + space;
}

}  // namespace

std::vector<std::size_t> Table::widths(std::optional<std::size_t> width) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = display_width(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, display_width(row[i]));
    widths.push_back(widest);
  }
  if (!width) return widths;
  std::size_t total = std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
  for (std::size_t i = columns_.size(); i-- > 0 && total > *width;) {
    const std::size_t narrowest = columns_[i].narrowest;
    if (narrowest == 0 || widths[i] <= narrowest) continue;
    const std::size_t cut = std::min(total - *width, widths[i] - narrowest);
    widths[i] -= cut;
    total -= cut;
  }
  return widths;
}

std::string Table::text(std::optional<std::size_t> width) const {
  const auto column_widths = widths(width);
  std::string out;
  const auto line = [&](const auto& cell_of) {
    std::string joined;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) joined.append(gap, ' ');
      joined += padded(cell_of(i), column_widths[i], columns_[i].align);
    }
    const std::string line_text = joined.substr(0, joined.find_last_not_of(' ') + 1);
    out += (width ? fit_to_width(line_text, *width) : line_text) + "\n";
  };
  line([&](std::size_t i) { return columns_[i].title; });
  line([&](std::size_t i) { return std::string(column_widths[i], '-'); });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
  return out;
}

std::optional<std::size_t> terminal_width(int fd) {
  const char* columns = std::getenv("COLUMNS");
  if (columns != nullptr) {
    const unsigned long value = std::strtoul(columns, nullptr, 10);
    if (value > 0 && value < 100000) return value;
  }
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return {};
}

}  // namespace modelcache::cli
