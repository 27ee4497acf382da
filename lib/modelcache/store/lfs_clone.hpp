// SPDX-License-Identifier: Apache-2.0
#pragma once

// A git clone with git-lfs, read through libgit2 and our own Dir:
//
//   ROOT/.git            a directory, or a file "gitdir: …" (linked worktree, submodule); a bare repo is its
//   own git dir <common>/objects     commits, trees, regular files, pointers <common>/lfs/objects/<2 hex>/<2
//   hex>/<64 hex>    large files ROOT/<path>          the smudged worktree: a second place where a large file
//   may be
//
// Promise: nothing that the clone's configuration says is executed, written or followed out of the clone
// without the user's word; no git program is started.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace modelcache {

enum class ForeignOwner { refused, allowed };

struct LfsCloneOptions {
  std::optional<RepoId> repo;         // nothing: from remote.origin.url
  std::optional<RepoType> repo_type;  // beats the type that the url says
  std::vector<std::string>
      allowed_outside;  // directories that alternates, gitdir, includes and lfs.storage may lead into
  ForeignOwner foreign_owner = ForeignOwner::refused;
};

class LfsClone final : public Source {
 public:
  // Throws Error(not_found) when `path` is not there or no clone, Error(refused) when it is foreign-owned,
  // uses a format libgit2 cannot read, or its files lead outside.
  LfsClone(const std::string& path, LfsCloneOptions options);
  ~LfsClone() override;

  // Throws Error(usage), naming --repo, when no repo id is known.
  std::vector<RepoId> repos() override;
  // origin's branches, tags and refs/pr/*, each under the name that the hub's clients use; in a mirror the
  // local ones.
  std::vector<NamedCommit> names(const RepoId& repo) override;
  // Of origin's refs those that lead to no commit of the clone, and those that no client can ask for.
  std::vector<Finding> left_out(const RepoId& repo) override;
  // `revision`: "HEAD" (also when empty), a branch, a tag, "refs/pr/1", a commit or a prefix. The refs are
  // the name itself; for HEAD the current branch, or when detached every branch and tag of origin at that
  // commit; for a commit likewise. A commit that no remote ref leads to is noted (revision_local), unless
  // history is too short to tell.
  Selected select(const RepoId& repo, std::string_view revision) override;
  std::string default_branch(const RepoId& repo) override;
  Snapshot snapshot(const RepoId& repo, std::string_view revision) override;
  // As git log -1 finds it for each path.
  void find_last_commits(const RepoId& repo, Snapshot& snapshot) override;
  std::optional<std::string> lacks(const RepoId& repo, const Entry& entry) override;
  Content open(const RepoId& repo, const Entry& entry) override;
  std::optional<ContentPlace> place(const RepoId& repo, const Entry& entry) override;
  Freed remove(const RepoId& repo, const Moved& moved) override;

  // What the clone keeps on disk, for who looks at the files themselves. Null: a bare one.
  const Dir* worktree() const;
  // Each holds "<2 hex>/<2 hex>/<64 hex>".
  std::vector<const Dir*> object_stores() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modelcache
