// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a cache of a client says its files are: names of contents and listings of a hub cache, the index of AI
// Studio's client. Promise: as EvidenceReader; contents that no revision names are told too, where their
// names say what they are.

#include "modelcache/store/evidence.hpp"
#include "modelcache/store/hf_blobs.hpp"
#include "modelcache/store/inventory.hpp"

#include <map>
#include <mutex>

namespace modelcache {

struct TreeListing;

class CacheEvidence final : public EvidenceReader {
 public:
  CacheEvidence(const Place& place, EvidenceOptions options);

  Evidence read() override;
  std::optional<Fd> open(const EvidenceContent& content) const override;
  std::string path_of(const EvidenceContent& content) const override { return root_.path_of(content.place); }

 private:
  struct Chosen {
    RepoInventory repo;
    std::optional<std::string> commit;  // this revision only
  };

  std::vector<Chosen> choose(Inventory& inventory, std::vector<Finding>& findings) const;
  void add(const Chosen& chosen, Evidence& evidence, EvidenceContents& contents);
  void add_revision(const RepoInventory& repo, const RevisionInventory& revision, Evidence& evidence,
                    EvidenceContents& contents);
  void add_unnamed_blobs(const RepoInventory& repo, Evidence& evidence, EvidenceContents& contents);
  std::optional<TreeListing> listing(const RepoInventory& repo, const RevisionInventory& revision) const;
  std::optional<Status> find(const std::string& place) const;
  const HfBlobs* blobs_of(const std::string& folder) const;
  std::string below_root(const std::string& path) const { return path.substr(root_path_.size() + 1); }

  Place place_;
  EvidenceOptions options_;
  Dir root_;
  std::string root_path_;  // as the inventory writes it
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::optional<HfBlobs>> blobs_;  // by the repo's folder
};

}  // namespace modelcache
