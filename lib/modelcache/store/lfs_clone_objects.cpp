// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/store/lfs_clone_state.hpp"
#include "modelcache/store/root_owner.hpp"

#include <git2.h>

#include <algorithm>
#include <exception>

namespace modelcache {

namespace {

git_oid oid_of(const Digest& digest) {
  git_oid oid{};
  std::copy(digest.bytes().begin(), digest.bytes().end(), oid.id);
  return oid;
}

// git gives a regular file as a whole, in memory. A large one is rather taken from the worktree, and one that
// is said to be huge, which may be an object made to exhaust memory, only from there.
constexpr std::uint64_t large_regular = std::uint64_t{256} << 20;
constexpr std::uint64_t huge_regular = std::uint64_t{4} << 30;

}  // namespace

// Why what is at an object's place is not the object; nothing when it can be.
std::optional<std::string> LfsClone::State::object_flaw(const Store& store, const Entry& entry) const {
  try {
    const auto status = store.dir.find_status(lfs_object_path(*entry.content));
    if (!status) return "it is not in the clone's LFS store; git lfs fetch brings it";
    if (status->kind == FileKind::link) return "its LFS object is a symbolic link";
    if (status->kind != FileKind::file) return "its LFS object is not a regular file";
    if (status->size != entry.size) return "its LFS object has " + std::to_string(status->size) + " bytes";
    // Its owner could change it after it was checked, where it is shared by a hard link.
    if (!is_trusted_owner(status->owner) && options.foreign_owner == ForeignOwner::refused)
      return "its LFS object belongs to another user (uid " + std::to_string(status->owner) +
             "); --allow-foreign-owner takes it all the same";
    return {};
  } catch (const Error& error) {
    if (error.cause() == Cause::io) throw;
    return error.what();
  }
}

std::optional<std::string> LfsClone::State::lacks_large(const Entry& entry) {
  std::optional<std::string> reason;
  std::exception_ptr failure;
  for (const Store& store : stores) {
    try {
      auto flaw = object_flaw(store, entry);
      if (!flaw) return {};
      if (!reason) reason = std::move(flaw);
    } catch (const Error&) {
      failure = std::current_exception();
    }
  }
  if (is_in_worktree(entry)) return {};
  // What could not be looked at is not known to be missing.
  if (failure) std::rethrow_exception(failure);
  return reason ? reason : "the clone has no LFS store; git lfs fetch brings it";
}

// A pruned store leaves the smudged files. Such a file may have been edited, so it is hashed before it
// counts.
bool LfsClone::State::is_in_worktree(const Entry& entry) {
  const Digest& wanted = *entry.content;
  if (proved_in_worktree.contains(wanted)) return true;
  if (!worktree || with_extensions.contains(wanted) || unproved.contains(wanted)) return false;
  const auto paths = paths_of.find(wanted);
  if (paths == paths_of.end()) return false;
  for (const std::string& path : paths->second) {
    if (worktree_digest(path, entry) != wanted) continue;
    proved_in_worktree[wanted] = path;
    return true;
  }
  unproved.insert(wanted);
  return false;
}

// Nothing when the worktree has no file of that size there.
std::optional<Digest> LfsClone::State::worktree_digest(const std::string& path, const Entry& entry) const {
  try {
    const auto status = worktree->find_status(path);
    if (!status || status->kind != FileKind::file || status->size != entry.size) return {};
    TransferRequest request;
    request.size = entry.size;
    request.source_path = path;
    return hash_file(worktree->open_file(path), entry.content->kind(), request);
  } catch (const Error&) {
    // Unreadable, changing, or behind a link: not a place to take content from; another name may do.
    return {};
  }
}

std::optional<std::string> LfsClone::State::lacks_regular(const Entry& entry) const {
  const git_oid oid = oid_of(*entry.content);
  if (git_odb_exists(odb.get(), &oid) == 1) {
    if (entry.size <= huge_regular || is_regular_in_worktree(entry)) return {};
    return "its git object is larger than 4 GiB, and its worktree file is not there or not the same";
  }
  return "its git object is not in the clone (a partial clone?); git fetch --refetch brings it";
}

Content LfsClone::State::open_large(const Entry& entry) const {
  const std::string path = lfs_object_path(*entry.content);
  std::exception_ptr failure;
  for (const Store& store : stores) {
    try {
      if (!object_flaw(store, entry))
        return {store.dir.open_file(path), entry.size, store.dir.path_of(path), Content::Origin::store};
    } catch (const Error&) {
      failure = std::current_exception();
    }
  }
  const auto proved = proved_in_worktree.find(*entry.content);
  if (proved == proved_in_worktree.end() && failure) std::rethrow_exception(failure);
  if (proved == proved_in_worktree.end())
    throw_error(Cause::refused, "read", entry.path, "its content is not in the clone any more");
  return {worktree->open_file(proved->second), entry.size, worktree->path_of(proved->second),
          Content::Origin::working_file};
}

std::optional<ContentPlace> LfsClone::State::place(const Entry& entry) const {
  if (entry.content->kind() == HashKind::sha256) {
    for (const Store& store : stores)
      if (!object_flaw(store, entry))
        return ContentPlace{Content::Origin::store, store.dir.own_status().device};
  } else if (entry.size <= large_regular || !is_regular_in_worktree(entry)) {
    return {};
  }
  if (!worktree) return {};
  return ContentPlace{Content::Origin::working_file, worktree->own_status().device};
}

bool LfsClone::State::is_regular_in_worktree(const Entry& entry) const {
  return worktree && worktree_digest(entry.path.bytes(), entry) == *entry.content;
}

Content LfsClone::State::open_regular(const Entry& entry) const {
  const std::string& path = entry.path.bytes();
  if (entry.size > large_regular && is_regular_in_worktree(entry))
    return {worktree->open_file(path), entry.size, worktree->path_of(path), Content::Origin::working_file};
  const git_oid oid = oid_of(*entry.content);
  const std::scoped_lock lock(odb_mutex);
  git_odb_object* read = nullptr;
  require_git(git_odb_read(&read, odb.get(), &oid), "read the git object of", entry.path);
  const GitOwner<git_odb_object> object(read);
  std::string bytes(static_cast<const char*>(git_odb_object_data(read)), git_odb_object_size(read));
  return {std::move(bytes), entry.size, path, Content::Origin::store};
}

}  // namespace modelcache
