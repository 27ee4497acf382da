// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_tree.hpp"

#include "modelcache/base/error.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace modelcache {

namespace {

// The trees that are still open: the root and those on the way to the file that came last. Paths come in byte
// order, and that is git's order too: all below a directory compares as if the directory's name ended in '/'.
class TreeBuilder {
 public:
  explicit TreeBuilder(const EachGitTree& each) : each_(each) {}

  void add(const GitTreeFile& file) {
    enter(file.path.parent());
    const std::string_view name = file.path.name();
    Level& level = levels_.back();
    if (!level.files.empty() && level.files.back() == name)
      throw_error(Cause::refused, "make a git tree with", file.path, "the path comes twice");
    append(level, digits(file.mode), name, file.oid);
    level.files.push_back(name);
  }

  Digest finish() {
    while (levels_.size() > 1) close();
    return made(levels_.front());
  }

 private:
  struct Level {
    std::string_view path;                // from the root
    std::string object = {};              // as git stores a tree
    std::vector<std::string_view> files;  // names, ascending
  };

  static void append(Level& level, std::string_view mode, std::string_view name, const Digest& oid) {
    if (oid.kind() != HashKind::git_sha1) throw Error(Cause::internal, "a git tree has another kind of id");
    level.object.append(mode).append(" ").append(name).append(1, '\0');
    for (const unsigned char byte : oid.bytes()) level.object += static_cast<char>(byte);
  }

  static bool is_within(std::string_view path, std::string_view directory) {
    return directory.empty() || path == directory ||
           (path.starts_with(directory) && path[directory.size()] == '/');
  }

  void enter(std::string_view directory) {
    while (!is_within(directory, levels_.back().path)) close();
    while (levels_.back().path.size() < directory.size()) {
      const std::size_t begin = levels_.back().path.empty() ? 0 : levels_.back().path.size() + 1;
      levels_.push_back({directory.substr(0, directory.find('/', begin)), {}, {}});
    }
  }

  void close() {
    const Level done = std::move(levels_.back());
    levels_.pop_back();
    Level& parent = levels_.back();
    const std::string_view name = done.path.substr(parent.path.empty() ? 0 : parent.path.size() + 1);
    if (std::binary_search(parent.files.begin(), parent.files.end(), name))
      throw_error(Cause::refused, "make a git tree with", done.path, "the path is a file and a directory");
    append(parent, "40000", name, made(done));
  }

  Digest made(const Level& level) const {
    const Digest id = hash_git_object("tree", level.object);
    if (each_) each_(id, level.object);
    return id;
  }

  const EachGitTree& each_;
  std::vector<Level> levels_{Level{}};
};

}  // namespace

std::string_view digits(FileMode mode) {
  switch (mode) {
    case FileMode::regular:
      return "100644";
    case FileMode::executable:
      return "100755";
    case FileMode::link:
      return "120000";
  }
  throw Error(Cause::internal, "a git mode has no digits");
}

std::optional<FileMode> parse_git_mode(std::string_view text) {
  for (const FileMode mode : {FileMode::regular, FileMode::executable, FileMode::link})
    if (digits(mode) == text) return mode;
  return {};
}

Digest git_tree_id(std::vector<GitTreeFile> files) {
  return git_tree_id(std::move(files), {});
}

Digest git_tree_id(std::vector<GitTreeFile> files, const EachGitTree& each) {
  std::sort(files.begin(), files.end(),
            [](const GitTreeFile& a, const GitTreeFile& b) { return a.path < b.path; });
  TreeBuilder builder(each);
  for (const GitTreeFile& file : files) builder.add(file);
  return builder.finish();
}

}  // namespace modelcache
