// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/partial_files.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

namespace modelcache {

namespace {

constexpr std::string_view in_one_piece = ".incomplete";
constexpr std::string_view put_together = ".parallel_tmp";

// Decimal digits and nothing else.
std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

// "<path>_<start>_<end>"
std::optional<PartialName> range_name(std::string_view path) {
  const std::size_t last = path.rfind('_');
  if (last == path.npos || last == 0) return {};
  const std::size_t first = path.rfind('_', last - 1);
  if (first == path.npos || first == 0 || path[first - 1] == '/') return {};
  const auto start = number_of(path.substr(first + 1, last - first - 1));
  const auto end = number_of(path.substr(last + 1));
  if (!start || !end || *start > *end || *end == std::numeric_limits<std::uint64_t>::max()) return {};
  return PartialName{PartialKind::range, std::string(path.substr(0, first)), *end - *start + 1};
}

}  // namespace

PartialName partial_name(std::string_view path) {
  if (auto range = range_name(path)) return std::move(*range);
  if (path.size() > 5 && path.starts_with('.') && path.ends_with(".tmp"))
    return {PartialKind::merged, std::string(path.substr(1, path.size() - 5)), 0};
  return {PartialKind::whole, std::string(path), 0};
}

std::optional<PartialName> partial_beside_files(std::string_view path) {
  for (const auto& [suffix, kind] :
       {std::pair(in_one_piece, PartialKind::whole), std::pair(put_together, PartialKind::merged)}) {
    const std::size_t length = path.size() - std::min(path.size(), suffix.size());
    if (path.ends_with(suffix) && length > 0 && path[length - 1] != '/')
      return PartialName{kind, std::string(path.substr(0, length)), 0};
  }
  return range_name(path);
}

PartialsBesideFiles::PartialsBesideFiles(const std::vector<std::string_view>& paths) {
  for (const std::string_view path : paths) {
    is_there_.insert(path);
    const auto name = partial_beside_files(path);
    if (!name) continue;
    if (name->kind != PartialKind::range)
      begun_.insert(name->target);
    else
      ++ranges_[name->target];
  }
}

std::optional<PartialName> PartialsBesideFiles::find(std::string_view path, std::uint64_t size) const {
  auto name = partial_beside_files(path);
  if (!name || name->kind != PartialKind::range) return name;
  const auto ranges = ranges_.find(name->target);
  const bool has_others = begun_.count(name->target) > 0 || (ranges != ranges_.end() && ranges->second > 1);
  if (has(name->target) || !has_others || size > name->length) return {};
  return name;
}

}  // namespace modelcache
