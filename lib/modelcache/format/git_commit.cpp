// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_commit.hpp"

namespace modelcache {

namespace {

// The id of a line "<key> <40 hex>\n" at the start of `text`, which then starts behind it.
std::optional<Digest> take_id(std::string_view& text, std::string_view key) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(key)) return {};
  const auto id = Digest::parse(HashKind::git_sha1, text.substr(key.size(), end - key.size()));
  if (id) text.remove_prefix(end + 1);
  return id;
}

}  // namespace

std::optional<GitCommit> parse_git_commit(std::string_view object) {
  const auto tree = take_id(object, "tree ");
  if (!tree) return {};
  bool has_parents = false;
  while (take_id(object, "parent ")) has_parents = true;
  if (!object.starts_with("author ")) return {};
  return GitCommit{*tree, has_parents};
}

std::string write_root_commit(const Digest& tree, std::string_view message) {
  const std::string signature = std::string(git_identity) + " 0 +0000\n";
  std::string object = "tree " + tree.hex() + "\nauthor " + signature + "committer " + signature + "\n";
  object += message;
  if (!message.ends_with('\n')) object += '\n';
  return object;
}

}  // namespace modelcache
