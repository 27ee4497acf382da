// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/file_name.hpp"
#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/store/lfs_clone_state.hpp"

#include <git2.h>

#include <algorithm>
#include <string>
#include <unordered_set>

namespace modelcache {

namespace {

constexpr std::size_t depth_limit = 128;
constexpr std::size_t entry_limit = 5'000'000;
constexpr std::size_t path_bytes_limit = std::size_t{1} << 29;
constexpr std::size_t names_shown = 20;
constexpr unsigned kind_mask = 0170000;

// libgit2 hands out whatever the tree object holds, so each name is judged here.
bool is_safe_name(std::string_view name) {
  if (name.empty() || name.find('/') != std::string_view::npos || RelPath::flaw(name)) return false;
  return !git_refuses(name);
}

FileMode mode_of(unsigned mode) {
  if ((mode & kind_mask) == GIT_FILEMODE_LINK) return FileMode::link;
  return (mode & 0100) != 0 ? FileMode::executable : FileMode::regular;
}

Digest digest_of(const git_oid& oid) {
  return Digest::from_bytes(HashKind::git_sha1, {oid.id, GIT_OID_RAWSZ});
}

// Reads all entries below a commit's tree, iteratively: a hostile tree must not overflow our stack.
class TreeWalk {
 public:
  using Sizes = std::unordered_map<Digest, std::uint64_t>;

  TreeWalk(git_repository* repository, git_odb* odb, Snapshot& snapshot, Sizes& sizes)
      : repository_(repository), odb_(odb), snapshot_(snapshot), size_of_(sizes) {}

  void run(const git_oid& tree) {
    pending_.push_back({tree, "", 0});
    while (!pending_.empty()) {
      const Pending next = std::move(pending_.back());
      pending_.pop_back();
      read_tree(next);
    }
    refuse_unsafe();
    sort();
  }

  std::unordered_map<Digest, std::set<std::string>> paths_of;
  std::set<Digest> with_extensions;

 private:
  struct Pending {
    git_oid oid;
    std::string prefix;
    std::size_t depth;
  };

  void read_tree(const Pending& pending);
  void read_entry(const git_tree_entry& entry, const Pending& pending);
  void count(const std::string& path);
  void judge_name(const std::string& path);
  void add_blob(const git_oid& oid, RelPath path, unsigned mode);
  void try_pointer(const git_oid& oid, Entry& entry);
  void add_large(const LfsPointer& pointer, Entry& entry);
  void note(FindingCode code, std::string_view path, std::string_view detail);
  void refuse_unsafe() const;
  void sort();

  git_repository* repository_;
  git_odb* odb_;
  Snapshot& snapshot_;
  std::vector<Pending> pending_;
  std::vector<std::string> unsafe_;
  std::vector<std::string> twice_;
  std::unordered_set<std::string> directories_;
  Sizes& size_of_;           // large contents of every snapshot so far
  std::size_t entries_ = 0;  // with directories and submodules: a tree can name one directory many times
  std::size_t path_bytes_ = 0;
};

void TreeWalk::read_tree(const Pending& pending) {
  git_tree* looked_up = nullptr;
  require_git(git_tree_lookup(&looked_up, repository_, &pending.oid), "read the git tree of",
              pending.prefix.empty() ? snapshot_.commit : pending.prefix);
  const GitOwner<git_tree> tree(looked_up);
  const std::size_t count = git_tree_entrycount(looked_up);
  for (std::size_t i = 0; i < count; ++i) read_entry(*git_tree_entry_byindex(looked_up, i), pending);
}

void TreeWalk::count(const std::string& path) {
  path_bytes_ += path.size();
  if (++entries_ <= entry_limit && path_bytes_ <= path_bytes_limit) return;
  throw_error(Cause::refused, "read the git tree of", snapshot_.commit,
              "it has more than 5 million entries, or names of more than 512 MiB");
}

void TreeWalk::note(FindingCode code, std::string_view path, std::string_view detail) {
  snapshot_.findings.push_back(make_finding(code, snapshot_.repo.text(), path, detail));
}

// Such a name can be stored and linked; the user should know who will not take it.
void TreeWalk::judge_name(const std::string& path) {
  const auto warn = [&](std::string_view detail) {
    note(FindingCode::name_unsafe, path, detail);
    snapshot_.findings.back().severity = Severity::warning;
  };
  if (client_refuses(path)) warn("clients refuse this name, which means another place on Windows");
  if (!is_utf8(path)) warn("it is not UTF-8, so no listing of this revision can be written");
}

void TreeWalk::read_entry(const git_tree_entry& entry, const Pending& pending) {
  const std::string name = git_tree_entry_name(&entry);
  const std::string path = pending.prefix + name;
  count(path);
  auto checked = is_safe_name(name) ? RelPath::parse(path) : std::nullopt;
  if (!checked) {
    unsafe_.push_back(path);
    return;
  }
  const auto mode = static_cast<unsigned>(git_tree_entry_filemode_raw(&entry));
  if ((mode & kind_mask) != GIT_FILEMODE_TREE && (mode & kind_mask) != GIT_FILEMODE_COMMIT) judge_name(path);
  const git_oid& oid = *git_tree_entry_id(&entry);
  switch (mode & kind_mask) {
    case GIT_FILEMODE_TREE:
      if (pending.depth + 1 > depth_limit)
        throw_error(Cause::refused, "read the git tree of", path, "it is deeper than 128 directories");
      if (!directories_.insert(path).second) twice_.push_back(path);
      pending_.push_back({oid, path + "/", pending.depth + 1});
      return;
    case GIT_FILEMODE_COMMIT:
      return note(FindingCode::special_file, path, "a submodule; it is left out, as the hub leaves it out");
    case GIT_FILEMODE_LINK:
      note(FindingCode::special_file, path,
           "a symbolic link; it becomes a small file that holds the target's name");
      return add_blob(oid, std::move(*checked), mode);
    default:
      return add_blob(oid, std::move(*checked), mode);
  }
}

void TreeWalk::add_blob(const git_oid& oid, RelPath path, unsigned mode) {
  const bool is_link = (mode & kind_mask) == GIT_FILEMODE_LINK;
  Entry entry{std::move(path), 0, digest_of(oid), digest_of(oid), {}, mode_of(mode)};
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_ANY;
  if (!found_git(git_odb_read_header(&size, &type, odb_, &oid), "read the git object of", entry.path)) {
    // Left out by a partial clone: it may be a pointer, so not even the size is known.
    snapshot_.lists_all = false;
  } else {
    if (type != GIT_OBJECT_BLOB)
      throw_error(Cause::refused, "read the git object of", entry.path, "it is not a file's content");
    entry.size = size;
    if (size > 0 && size < lfs_pointer_limit && !is_link) try_pointer(oid, entry);
  }
  snapshot_.entries.push_back(std::move(entry));
}

void TreeWalk::try_pointer(const git_oid& oid, Entry& entry) {
  git_odb_object* read = nullptr;
  require_git(git_odb_read(&read, odb_, &oid), "read the git object of", entry.path);
  const GitOwner<git_odb_object> object(read);
  const std::string_view text(static_cast<const char*>(git_odb_object_data(read)), git_odb_object_size(read));
  const auto pointer = parse_lfs_pointer(text);
  if (pointer && pointer->size > 0) add_large(*pointer, entry);
}

void TreeWalk::add_large(const LfsPointer& pointer, Entry& entry) {
  entry.size = pointer.size;
  entry.content = pointer.oid;
  const auto [known, is_new] = size_of_.try_emplace(pointer.oid, pointer.size);
  if (!is_new && known->second != pointer.size)
    throw_error(Cause::refused, "convert " + snapshot_.commit + " with", entry.path,
                "its LFS pointer gives another size than a second pointer to the same content");
  paths_of[pointer.oid].insert(entry.path.bytes());
  if (pointer.has_extensions) with_extensions.insert(pointer.oid);
}

void TreeWalk::refuse_unsafe() const {
  if (unsafe_.empty()) return;
  std::string text = "cannot convert " + snapshot_.commit + ": its tree holds names that are not safe";
  for (std::size_t i = 0; i < std::min(unsafe_.size(), names_shown); ++i)
    text += "\n  " + terminal_safe(unsafe_[i]);
  if (unsafe_.size() > names_shown)
    text += "\n  and " + std::to_string(unsafe_.size() - names_shown) + " more";
  throw Error(Cause::refused, text);
}

void TreeWalk::sort() {
  auto& entries = snapshot_.entries;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
  const auto refuse = [&](std::string_view path, std::string_view reason) {
    throw_error(Cause::refused, "convert " + snapshot_.commit + " with", path, reason);
  };
  if (!twice_.empty()) refuse(twice_.front(), "its tree holds this name twice");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && entries[i].path == entries[i - 1].path)
      refuse(entries[i].path, "its tree holds this name twice");
    if (directories_.contains(entries[i].path.bytes()))
      refuse(entries[i].path, "it is a file and a directory at once");
  }
}

}  // namespace

std::string LfsClone::State::object_bytes(const git_oid& oid) const {
  git_odb_object* read = nullptr;
  require_git(git_odb_read(&read, odb.get(), &oid), "read the git object in", locator.location().root);
  const GitOwner<git_odb_object> object(read);
  return {static_cast<const char*>(git_odb_object_data(read)), git_odb_object_size(read)};
}

Snapshot LfsClone::State::snapshot(const RepoId& repo, const std::string& commit) {
  Snapshot snapshot{repo, commit, {}, {}, true, {}};
  git_oid oid{};
  git_oid_fromstr(&oid, commit.c_str());
  git_object* looked_up = nullptr;
  if (!found_git(git_object_lookup(&looked_up, repository.get(), &oid, GIT_OBJECT_COMMIT), "read the commit",
                 commit))
    throw Error(Cause::not_found, "the clone has no commit " + commit);
  const GitOwner<git_object> object(looked_up);
  snapshot.commit_object = object_bytes(oid);
  TreeWalk walk(repository.get(), odb.get(), snapshot, size_of);
  walk.run(*git_commit_tree_id(reinterpret_cast<const git_commit*>(looked_up)));
  for (auto& [digest, paths] : walk.paths_of) {
    auto& known = paths_of[digest];
    known.merge(paths);
  }
  with_extensions.merge(walk.with_extensions);
  return snapshot;
}

}  // namespace modelcache
