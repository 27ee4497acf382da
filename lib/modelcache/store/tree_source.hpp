// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads the trees of AI Studio and ModelScope (store/tree_repos.hpp draws them), of every release. Promise:
// as Source; no link is followed, and where an index tells what a file is, only a file that is that is given.
//
// An AI Studio index names each file by its git id, so its contents are checked against that. The trees of
// ModelScope name none: there a rule decides which files are large (store/content_naming.hpp). A commit that
// nothing tells is the id of the git tree of the files.

#include "modelcache/store/store.hpp"
#include "modelcache/store/tree_repos.hpp"
#include "modelcache/store/tree_revision.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

class TreeSource final : public Source {
 public:
  // Throws Error(not_found) when `root` is not there.
  TreeSource(const std::string& root, Layout layout);
  ~TreeSource() override;

  // Those whose ids keep the rules of the hub.
  std::vector<RepoId> repos() override;
  std::vector<NamedCommit> names(const RepoId& repo) override;
  std::vector<std::string> commits(const RepoId& repo) override;
  std::vector<Finding> left_out(const RepoId& repo) override;
  // `revision` empty: "master", else "main", else the only one that is here.
  Selected select(const RepoId& repo, std::string_view revision) override;
  std::string default_branch(const RepoId& repo) override;
  Snapshot snapshot(const RepoId& repo, std::string_view revision) override;
  void identify(const RepoId& repo, Snapshot& snapshot, const IdentifyOptions& options) override;
  std::optional<std::string> lacks(const RepoId& repo, const Entry& entry) override;
  Content open(const RepoId& repo, const Entry& entry) override;
  std::optional<ContentPlace> place(const RepoId& repo, const Entry& entry) override;
  // Files that were not changed since they were looked at, out of the index before they go, and what is empty
  // then. Trees of aistudio-sdk 0.1 - 0.2 are kept.
  Freed remove(const RepoId& repo, const Moved& moved) override;

 private:
  struct OpenRepo;

  OpenRepo& find_repo(const RepoId& repo);

  Dir root_;
  Layout layout_;
  std::mutex mutex_;
  std::map<RepoId, OpenRepo> open_;
};

}  // namespace modelcache
