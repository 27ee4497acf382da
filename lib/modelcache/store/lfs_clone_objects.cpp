// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/store/lfs_clone_state.hpp"

#include <git2.h>

#include <algorithm>

namespace modelcache {

namespace {

git_oid oid_of(const Digest& digest) {
  git_oid oid{};
  std::copy(digest.bytes().begin(), digest.bytes().end(), oid.id);
  return oid;
}

// Why what is at an object's place is not the object; nothing when it can be.
std::optional<std::string> object_flaw(const Dir& store, const std::string& path, std::uint64_t size) {
  try {
    const auto status = store.find_status(path);
    if (!status) return "it is not in the clone's LFS store; git lfs fetch brings it";
    if (status->kind == FileKind::link) return "its LFS object is a symbolic link";
    if (status->kind != FileKind::file) return "its LFS object is not a regular file";
    if (status->size != size) return "its LFS object has " + std::to_string(status->size) + " bytes";
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

std::string lfs_object_path(const Digest& oid) {
  const std::string hex = oid.hex();
  return hex.substr(0, 2) + "/" + hex.substr(2, 2) + "/" + hex;
}

std::optional<std::string> LfsClone::State::lacks_large(const Entry& entry) {
  std::optional<std::string> reason;
  for (const Store& store : stores) {
    auto flaw = object_flaw(store.dir, lfs_object_path(*entry.content), entry.size);
    if (!flaw) return {};
    if (!reason) reason = std::move(flaw);
  }
  if (is_in_worktree(entry)) return {};
  return reason ? reason : "the clone has no LFS store; git lfs fetch brings it";
}

// A pruned store leaves the smudged files. Such a file may have been edited, so it is hashed before it
// counts.
bool LfsClone::State::is_in_worktree(const Entry& entry) {
  if (!worktree || with_extensions.contains(*entry.content)) return false;
  const auto paths = paths_of.find(*entry.content);
  if (paths == paths_of.end()) return false;
  for (const std::string& path : paths->second) {
    try {
      const auto status = worktree->find_status(path);
      if (!status || status->kind != FileKind::file || status->size != entry.size) continue;
      TransferRequest request;
      request.size = entry.size;
      request.source_path = path;
      if (hash_file(worktree->open_file(path), HashKind::sha256, request) != *entry.content) continue;
      proved_in_worktree[*entry.content] = path;
      return true;
    } catch (const Error&) {
      // Unreadable, changing, or behind a link: not a place to take content from; another name may do.
      continue;
    }
  }
  return false;
}

std::optional<std::string> LfsClone::State::lacks_regular(const Entry& entry) const {
  const git_oid oid = oid_of(*entry.content);
  if (git_odb_exists(odb.get(), &oid) == 1) return {};
  return "its git object is not in the clone (a partial clone?); git fetch --refetch brings it";
}

Content LfsClone::State::open_large(const Entry& entry) const {
  const std::string path = lfs_object_path(*entry.content);
  for (const Store& store : stores)
    if (!object_flaw(store.dir, path, entry.size))
      return {store.dir.open_file(path), entry.size, store.dir.path_of(path), Content::Origin::store};
  const auto proved = proved_in_worktree.find(*entry.content);
  if (proved == proved_in_worktree.end())
    throw_error(Cause::refused, "read", entry.path, "its content is not in the clone any more");
  return {worktree->open_file(proved->second), entry.size, worktree->path_of(proved->second),
          Content::Origin::working_file};
}

Content LfsClone::State::open_regular(const Entry& entry) const {
  const git_oid oid = oid_of(*entry.content);
  const std::scoped_lock lock(odb_mutex);
  git_odb_object* read = nullptr;
  require_git(git_odb_read(&read, odb.get(), &oid), "read the git object of", entry.path);
  const GitOwner<git_odb_object> object(read);
  std::string bytes(static_cast<const char*>(git_odb_object_data(read)), git_odb_object_size(read));
  return {std::move(bytes), entry.size, entry.path.bytes(), Content::Origin::store};
}

}  // namespace modelcache
