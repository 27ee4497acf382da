// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/commit_modes.hpp"

namespace modelcache {

namespace {

constexpr std::string_view executable = "100755 ";
constexpr std::string_view link = "120000 ";

}  // namespace

std::optional<CommitModes> parse_commit_modes(std::string_view text) {
  CommitModes modes;
  while (!text.empty()) {
    const std::size_t end = text.find('\0');
    if (end == std::string_view::npos) return {};
    const std::string_view record = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!record.starts_with(executable) && !record.starts_with(link)) return {};
    auto path = RelPath::parse(record.substr(link.size()));
    if (!path) return {};
    const FileMode mode = record.starts_with(link) ? FileMode::link : FileMode::executable;
    if (!modes.emplace(std::move(*path), mode).second) return {};
  }
  return modes;
}

std::string write_commit_modes(const std::vector<Entry>& entries) {
  std::string text;
  for (const Entry& entry : entries) {
    if (entry.mode == FileMode::regular) continue;
    text += entry.mode == FileMode::link ? link : executable;
    text += entry.path.bytes();
    text += '\0';
  }
  return text;
}

}  // namespace modelcache
