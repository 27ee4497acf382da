// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/commit_modes.hpp"

#include "modelcache/format/git_tree.hpp"

namespace modelcache {

std::optional<CommitModes> parse_commit_modes(std::string_view text) {
  CommitModes modes;
  while (!text.empty()) {
    const std::size_t end = text.find('\0');
    if (end == std::string_view::npos) return {};
    const std::string_view record = text.substr(0, end);
    text.remove_prefix(end + 1);
    const std::size_t space = record.find(' ');
    if (space == std::string_view::npos) return {};
    const auto mode = parse_git_mode(record.substr(0, space));
    auto path = RelPath::parse(record.substr(space + 1));
    if (!mode || *mode == FileMode::regular || !path) return {};
    if (!modes.emplace(std::move(*path), *mode).second) return {};
  }
  return modes;
}

std::string write_commit_modes(const std::vector<Entry>& entries) {
  std::string text;
  for (const Entry& entry : entries) {
    if (entry.mode == FileMode::regular) continue;
    text += digits(entry.mode);
    text += ' ' + entry.path.bytes();
    text += '\0';
  }
  return text;
}

}  // namespace modelcache
