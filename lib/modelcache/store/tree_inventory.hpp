// SPDX-License-Identifier: Apache-2.0
#pragma once

// A whole AI Studio or ModelScope root as an Inventory. Promise: as Inventory; repos may be read from several
// threads at once. Nothing of the clients' credentials is opened, listed or measured.

#include "modelcache/store/inventory.hpp"
#include "modelcache/store/repo_stock.hpp"
#include "modelcache/store/tree_repos.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace modelcache {

class TreeInventory final : public Inventory {
 public:
  // `layout` is aistudio or modelscope. Throws Error(not_found) when `root` is not there.
  TreeInventory(const std::string& root, Layout layout);

  std::vector<std::string> folders(std::vector<Finding>& findings) override;
  std::optional<RepoInventory> read(const std::string& folder, Detail detail) override;
  // What a download with local_files_only answers: of an indexed repo whatever revision is asked for.
  Lookup look_up(const std::string& folder, const std::optional<std::string>& revision,
                 std::string_view file) override;
  std::optional<std::string> find_folder(const RepoId& repo) override;
  // Without a revision: master, main, or the only one.
  const RevisionInventory* choose_revision(const RepoInventory& repo,
                                           const std::optional<std::string>& revision) const override;
  CacheInventory totals() override;

 private:
  const TreeRepo* find(const std::string& folder) const;
  std::optional<ScannedRepo> scan(const TreeRepo& tree, Detail detail) const;
  // The repo that the newest client takes instead of this one.
  const TreeRepo* shadow_of(const TreeRepo& tree) const;
  std::optional<std::string> choose_directory(const Dir& snapshots,
                                              const std::optional<std::string>& revision) const;
  bool is_indexed(const TreeRepo& tree, const std::string& file) const;
  Lookup look_up_in_revision(const TreeRepo& tree, const std::optional<std::string>& revision,
                             const std::string& file) const;

  Dir root_;
  Layout layout_;
  LinkFollower links_;
  TreeRepos found_;
  mutable SeenInodes seen_;
  mutable SeenInodes counted_;
  std::mutex mutex_;
  std::uint64_t physical_ = 0;
  std::uint64_t allocated_ = 0;
  std::uint64_t reclaimable_ = 0;
  std::uint64_t repos_ = 0;
};

}  // namespace modelcache
