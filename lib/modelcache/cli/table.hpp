// SPDX-License-Identifier: Apache-2.0
#pragma once

// Rows in aligned columns. Promise: a row is one line; when a width is given, no line is wider, and what was
// cut says so with "...": first in the last columns, which matter least.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace modelcache::cli {

enum class Align { left, right };

class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::left;
    std::size_t narrowest = 0;  // may be cut to this width; 0: never
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns; each terminal_safe.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Header, dashes, rows. `width` in terminal columns; nothing: as wide as it comes.
  std::string text(std::optional<std::size_t> width) const;

 private:
  std::vector<std::size_t> widths(std::optional<std::size_t> width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// COLUMNS, else the terminal behind `fd`, else nothing.
std::optional<std::size_t> terminal_width(int fd);

}  // namespace modelcache::cli
