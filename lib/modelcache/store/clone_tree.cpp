// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/clone_tree.hpp"

#include "modelcache/format/git_commit.hpp"
#include "modelcache/format/lfs_pointer.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace modelcache {

namespace {

constexpr auto largest_pointer = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

// Nothing where git's own file for this entry cannot be made.
std::optional<CloneFile> clone_file(const Entry& entry, bool is_present) {
  if (!entry.content) return {};
  if (entry.content->kind() == HashKind::git_sha1) {
    if (!is_present) return {};
    return CloneFile{&entry, entry.mode, *entry.content, {}, true};
  }
  // A link's text is never kept as a large file.
  const FileMode mode = entry.mode == FileMode::link ? FileMode::regular : entry.mode;
  if (entry.size == 0) {
    // Where no listing tells the size it is 0 too; git-lfs makes no pointer of the empty file.
    if (*entry.content != hash_bytes(HashKind::sha256, {})) return {};
    return CloneFile{&entry, mode, hash_bytes(HashKind::git_sha1, {}), {}, true};
  }
  if (entry.size > largest_pointer) return {};
  std::string pointer = canonical_pointer(*entry.content, entry.size);
  const Digest oid = hash_bytes(HashKind::git_sha1, pointer);
  return CloneFile{&entry, mode, oid, std::move(pointer), is_present};
}

std::string message_for(const Snapshot& snapshot) {
  std::string message = snapshot.repo.text();
  if (!snapshot.commit.empty()) message += " at " + snapshot.commit;
  return message + "\n\nMade from a cache that does not keep the commit itself.\n";
}

}  // namespace

CloneTree clone_tree(const Publication& publication, const EachGitTree& each) {
  CloneTree tree{{}, {}, {}, hash_git_object("tree", {})};
  const auto& entries = publication.snapshot.entries;
  std::vector<GitTreeFile> files;
  files.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto file = clone_file(entries[i], publication.present[i]);
    if (!file) {
      tree.left_out.push_back(&entries[i]);
      continue;
    }
    if (entries[i].git_oid && *entries[i].git_oid != file->oid) tree.rewritten.push_back(&entries[i]);
    files.push_back({entries[i].path, file->mode, file->oid});
    tree.files.push_back(std::move(*file));
  }
  tree.id = git_tree_id(std::move(files), each);
  return tree;
}

CloneCommit clone_commit(const Snapshot& snapshot, const CloneTree& tree) {
  const auto kept = parse_git_commit(snapshot.commit_object);
  if (kept && kept->tree == tree.id) {
    const std::string id = hash_git_object("commit", snapshot.commit_object).hex();
    if (id == snapshot.commit) return {snapshot.commit_object, id, true, kept->has_parents};
  }
  std::string object = write_root_commit(tree.id, message_for(snapshot));
  std::string id = hash_git_object("commit", object).hex();
  return {std::move(object), std::move(id), false, false};
}

}  // namespace modelcache
