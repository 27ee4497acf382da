// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_commit.hpp"

#include "fuzz.hpp"

using namespace modelcache;

namespace {

// Line by line, where the parser goes from field to field.
void check_head(std::string_view object, const GitCommit& commit) {
  bool has_tree = false;
  bool has_parents = false;
  while (!object.starts_with("author ")) {
    const std::size_t end = object.find('\n');
    fuzz::claim(end != std::string_view::npos, "an author ends the head");
    const std::string_view line = object.substr(0, end);
    if (has_tree) {
      fuzz::claim(line.starts_with("parent ") && line.size() == 47, "behind the tree are parents alone");
      has_parents = true;
    } else {
      fuzz::claim(line == "tree " + commit.tree.hex(), "the tree is the one that is named first");
      has_tree = true;
    }
    object.remove_prefix(end + 1);
  }
  fuzz::claim(has_tree, "a commit has a tree");
  fuzz::claim(has_parents == commit.has_parents, "parents are told where there are some");
}

void check_written(const Digest& tree, std::string_view message) {
  const std::string object = write_root_commit(tree, message);
  fuzz::claim(parse_git_commit(object) == GitCommit{tree, false}, "what is written reads back");
  fuzz::claim(object.ends_with('\n'), "what is written ends in a newline");
  fuzz::claim(object.find(message) != std::string::npos, "what is written has the message");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Digest empty = *Digest::parse(HashKind::git_sha1, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  const std::string_view object = fuzz::as_text(data, size);
  const auto commit = parse_git_commit(object);
  if (commit) check_head(object, *commit);
  check_written(commit ? commit->tree : empty, object);
  return 0;
}
