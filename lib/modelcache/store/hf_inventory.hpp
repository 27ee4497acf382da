// SPDX-License-Identifier: Apache-2.0
#pragma once

// A whole hub cache as an Inventory. Promise: as Inventory; repos may be read from several threads at once.

#include "modelcache/store/hf_repo_scan.hpp"
#include "modelcache/store/inventory.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace modelcache {

class HfInventory final : public Inventory {
 public:
  // Throws Error(not_found) when `root` is not there.
  explicit HfInventory(const std::string& root);

  std::vector<std::string> folders(std::vector<Finding>& findings) override;
  std::optional<RepoInventory> read(const std::string& folder, Detail detail) override;
  // Without a revision: main.
  Lookup look_up(const std::string& folder, const std::optional<std::string>& revision,
                 std::string_view file) override;
  std::optional<std::string> find_folder(const RepoId& repo) override;
  const RevisionInventory* choose_revision(const RepoInventory& repo,
                                           const std::optional<std::string>& revision) const override;
  CacheInventory totals() override;

 private:
  void add_unreferenced_payloads(CacheInventory& cache);
  void add_payloads_of(const std::string& prefix, CacheInventory& cache);
  void add_sections(CacheInventory& cache) const;
  // With both spellings of the path: as typed, and with all links resolved.
  RepoLocation location_of(const std::string& folder) const;

  Dir root_;
  std::string real_path_;
  std::optional<SharedStore> shared_;
  SeenInodes seen_;
  SeenInodes counted_;
  std::mutex mutex_;
  std::uint64_t physical_ = 0;
  std::uint64_t allocated_ = 0;
  std::uint64_t reclaimable_ = 0;
  std::uint64_t repos_ = 0;
};

}  // namespace modelcache
