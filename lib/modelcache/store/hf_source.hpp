// SPDX-License-Identifier: Apache-2.0
#pragma once

// A hub cache read as snapshots and contents: classic links, plain-file snapshots, contents in the shared
// store (store/hf_sink.hpp draws the tree).
//
// Promise: as Source; nothing outside the cache is opened, whatever links say, and each content is named by
// the first hop of its link. A repo is read once, when it is first asked for.
//
// What a listing (trees/<commit>.json) knows completes what the links say: files of the commit that are not
// here, ids in the git tree, the contents of plain files. Without one nothing tells whether the revision is
// whole, so Snapshot::lists_all is false; what neither a name nor a listing names, identify() hashes.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/hf_inventory.hpp"
#include "modelcache/store/store.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

class HfSource final : public Source {
 public:
  // Throws Error(not_found) when `root` is not there.
  explicit HfSource(const std::string& root);
  ~HfSource() override;

  std::vector<RepoId> repos() override;
  // Refs to revisions that are here; a newline behind the commit is forgiven, names that must not be written
  // as refs (leftover temporaries) are left out.
  std::vector<NamedCommit> names(const RepoId& repo) override;
  std::vector<std::string> commits(const RepoId& repo) override;
  // Findings about all other refs.
  std::vector<Finding> left_out(const RepoId& repo) override;
  // `revision` empty: "main", else the only revision that is here.
  Selected select(const RepoId& repo, std::string_view revision) override;
  // "main" when that ref is here: which branch is the default, a cache does not say.
  std::string default_branch(const RepoId& repo) override;
  Snapshot snapshot(const RepoId& repo, std::string_view revision) override;
  // Hashes what has no content: plain files of clients without links, and blobs of servers whose names are no
  // hashes. Large or regular is decided as for a plain directory.
  void identify(const RepoId& repo, Snapshot& snapshot, const IdentifyOptions& options) override;
  std::optional<std::string> lacks(const RepoId& repo, const Entry& entry) override;
  Content open(const RepoId& repo, const Entry& entry) override;
  std::optional<ContentPlace> place(const RepoId& repo, const Entry& entry) override;
  // Whole revisions, and the contents that no other one names (HfRemoval).
  Freed remove(const RepoId& repo, const Moved& moved) override;

 private:
  struct OpenRepo;

  OpenRepo& find_repo(const RepoId& repo);

  Dir root_;
  HfInventory inventory_;
  std::mutex mutex_;
  std::map<RepoId, OpenRepo> open_;
};

}  // namespace modelcache
