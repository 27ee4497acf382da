// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_commit.hpp"

#include <charconv>
#include <system_error>

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

std::optional<std::int64_t> commit_time(std::string_view object) {
  const std::string_view head = object.substr(0, object.find("\n\n"));
  const std::size_t line = head.find("\ncommitter ");
  if (line == std::string_view::npos) return {};
  const std::string_view text = head.substr(line + 1, head.find('\n', line + 1) - line - 1);
  const std::size_t close = text.rfind("> ");
  if (close == std::string_view::npos) return {};
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + close + 2, end, seconds);
  if (error != std::errc() || rest == end || *rest != ' ') return {};
  return seconds;
}

std::string write_root_commit(const Digest& tree, std::string_view message) {
  const std::string signature = std::string(git_identity) + " 0 +0000\n";
  std::string object = "tree " + tree.hex() + "\nauthor " + signature + "committer " + signature + "\n";
  object += message;
  if (!message.ends_with('\n')) object += '\n';
  return object;
}

}  // namespace modelcache
