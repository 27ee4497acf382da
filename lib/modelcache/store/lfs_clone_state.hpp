// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an LfsClone holds open; shared by the files that implement it. Promise: contents may be asked for from
// several threads, all else from one.

#include "modelcache/base/dir.hpp"
#include "modelcache/format/remote_url.hpp"
#include "modelcache/store/git_handles.hpp"
#include "modelcache/store/git_location.hpp"
#include "modelcache/store/lfs_clone.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace modelcache {

struct LfsClone::State {
  // A directory lfs/objects, and whether it is this clone's alone, so that --move may free from it.
  struct Store {
    Dir dir;
    bool own;
  };

  State(const std::string& path, LfsCloneOptions given);

  // Opening.
  void open_repository();
  [[noreturn]] void refuse_format() const;
  void open_objects();
  void open_stores();
  std::optional<std::string> config_text(const std::string& key) const;

  // Refs.
  std::string remote_name() const;
  std::set<std::string> remote_names() const;
  std::vector<std::string> remote_refs() const;
  std::vector<NamedCommit> names();
  void leave_out(FindingCode code, const std::string& reference_name, std::string_view reason);
  void leave_out_lost(const std::string& reference_name);
  std::string commit_of(const std::string& reference_name, std::string_view shown) const;
  std::vector<NamedCommit> fetched_names();
  std::optional<std::string> find_commit(const std::string& reference_name) const;
  GitOwner<git_object> peel(const git_oid& oid, const std::string& reference_name) const;
  bool is_known_to_remote(const std::string& commit);
  Selected select_head();
  Selected select_commit(std::string_view prefix);
  void note_if_local(Selected& selected);
  std::vector<std::string> names_at(const std::string& commit);
  std::string default_branch() const;

  // Trees and contents.
  Snapshot snapshot(const RepoId& repo, const std::string& commit);
  // By one walk of the history; a file whose history is not all here stays without.
  void find_last_commits(Snapshot& snapshot) const;
  std::string object_bytes(const git_oid& oid) const;
  std::optional<std::string> object_flaw(const Store& store, const Entry& entry) const;
  std::optional<std::string> lacks_large(const Entry& entry);
  std::optional<std::string> lacks_regular(const Entry& entry) const;
  Content open_large(const Entry& entry) const;
  Content open_regular(const Entry& entry) const;
  std::optional<ContentPlace> place(const Entry& entry) const;
  std::uint64_t remove(const Entry& entry) const;
  bool is_in_worktree(const Entry& entry);
  bool is_regular_in_worktree(const Entry& entry) const;
  std::optional<Digest> worktree_digest(const std::string& path, const Entry& entry) const;

  GitLibrary library;
  LfsCloneOptions options;
  GitLocator locator;
  GitOwner<git_repository> repository;
  GitOwner<git_odb> odb;
  GitOwner<git_config> config;
  std::vector<Store> stores;
  std::optional<Dir> worktree;
  std::optional<std::vector<NamedCommit>> known_names;
  std::vector<Finding> left_out;                               // of the refs that known_names comes from
  std::unordered_map<Digest, std::set<std::string>> paths_of;  // large contents -> worktree paths
  std::unordered_map<Digest, std::uint64_t> size_of;           // large contents -> bytes, as pointers say
  std::unordered_map<Digest, std::string> proved_in_worktree;  // large contents -> the path that has them
  std::set<Digest> unproved;                                   // large contents that no worktree path has
  std::set<Digest> with_extensions;  // large contents that are never as they are in the worktree
  mutable std::mutex odb_mutex;      // libgit2 inflates one object at a time per odb
};

}  // namespace modelcache
