// SPDX-License-Identifier: Apache-2.0
#pragma once

// Makes one revision of a hub cache visible: entries, listing, refs, in that order. Promise: whatever was
// there and still leads to the right content stays as it is; each step is complete before the next can be
// seen.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/hf_placement.hpp"
#include "modelcache/store/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

class HfSnapshotWriter {
 public:
  // `repo` is the repo's folder, `staging` a directory below it that no client looks into.
  HfSnapshotWriter(const Dir& repo, const Dir& staging, HfPlacement& placement)
      : repo_(repo), staging_(staging), placement_(placement) {}

  // True when nothing is left to do: then the other functions write nothing.
  static bool is_done(const Dir& repo, const Publication& publication, HfForm form);

  // snapshots/<commit> with all present entries. Durable on return.
  std::vector<Finding> write_entries(const Publication& publication) const;
  // trees/<commit>.json, when the listing is complete and can be written; a valid one that agrees is kept,
  // and one that we may not read: a finding.
  std::optional<Finding> write_listing(const Publication& publication) const;
  // .modelcache/commits/<commit>, the git object, and <commit>.modes: what makes a clone of this snapshot
  // exact. Clients look into neither. Nothing when the snapshot does not know them.
  void write_commit(const Publication& publication) const;
  // refs/<name> for each ref. Durable on return.
  void write_refs(const Publication& publication) const;

 private:
  std::vector<Finding> place_entries(const Publication& publication) const;
  void build(const Publication& publication, std::string_view name) const;
  std::vector<Finding> fill(const Publication& publication, const Dir& snapshot) const;

  const Dir& repo_;
  const Dir& staging_;
  HfPlacement& placement_;
};

}  // namespace modelcache
