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
  // A directory lfs/objects, and whether it is the clone's own, from which --move may free.
  struct Store {
    Dir dir;
    bool own;
  };

  State(const std::string& path, LfsCloneOptions given);

  // Opening.
  void open_repository();
  void open_stores();
  std::optional<std::string> config_text(const std::string& key) const;

  // Refs.
  std::string remote_name() const;
  std::vector<NamedCommit> names();
  std::string commit_of(const std::string& reference_name, std::string_view shown) const;
  std::optional<std::string> find_commit(const std::string& reference_name) const;
  bool is_known_to_remote(const std::string& commit);
  Selected select_head();
  Selected select_commit(std::string_view prefix);
  std::vector<std::string> names_at(const std::string& commit);
  std::string default_branch() const;

  // Trees and contents.
  Snapshot snapshot(const RepoId& repo, const std::string& commit);
  std::optional<std::string> lacks_large(const Entry& entry);
  std::optional<std::string> lacks_regular(const Entry& entry) const;
  Content open_large(const Entry& entry) const;
  Content open_regular(const Entry& entry) const;
  bool is_in_worktree(const Entry& entry);

  GitLibrary library;
  LfsCloneOptions options;
  GitLocator locator;
  GitOwner<git_repository> repository;
  GitOwner<git_odb> odb;
  GitOwner<git_config> config;
  std::vector<Store> stores;
  std::optional<Dir> worktree;
  std::optional<std::vector<NamedCommit>> known_names;
  std::unordered_map<Digest, std::vector<std::string>> paths_of;  // large contents -> worktree paths
  std::unordered_map<Digest, std::string> proved_in_worktree;     // large contents -> the path that has them
  std::set<Digest> with_extensions;                               // never as they are in the worktree
  mutable std::mutex odb_mutex;  // libgit2 inflates one object at a time per odb
};

// "<2 hex>/<2 hex>/<64 hex>"
std::string lfs_object_path(const Digest& oid);

}  // namespace modelcache
