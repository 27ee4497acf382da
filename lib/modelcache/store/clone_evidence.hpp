// SPDX-License-Identifier: Apache-2.0
#pragma once

// What git and its pointers say the files of a clone are: those of HEAD in the worktree, and every LFS object
// by its name. Promise: as EvidenceReader; no git program is started. Files of which only the line ends are
// others, by a rule that is committed, are what they should be.

#include "modelcache/format/git_attributes.hpp"
#include "modelcache/store/evidence.hpp"
#include "modelcache/store/lfs_clone.hpp"

namespace modelcache {

class CloneEvidence final : public EvidenceReader {
 public:
  CloneEvidence(const std::string& path, const EvidenceOptions& options);

  Evidence read() override;
  std::optional<Fd> open(const EvidenceContent& content) const override;
  std::string path_of(const EvidenceContent& content) const override;

 private:
  struct Location {
    const Dir* dir;
    std::string path;
  };

  Snapshot head(EvidenceRevision& revision);
  void read_attributes(const RepoId& repo, const Snapshot& snapshot);
  bool has_other_line_ends(const Entry& entry, const Status& status) const;
  bool is_content_by(LineEnds rule, const Entry& entry, const Status& status) const;
  void add_worktree(const Snapshot& snapshot, EvidenceRevision& revision);
  void add_tracked(const Entry& entry, EvidenceRevision& revision);
  void add_objects(const Snapshot& snapshot, EvidenceRevision& objects);
  void add_stored(const Dir& store, EvidenceRevision& objects);
  void add_unstored(const Snapshot& snapshot, EvidenceRevision& objects);
  std::size_t add_content(const Dir& dir, const std::string& path, const Status& status);
  Location location_of(const EvidenceContent& content) const;

  EvidenceOptions options_;
  LfsClone clone_;
  GitAttributes attributes_{{}};
  Evidence evidence_;
  EvidenceContents contents_{evidence_.contents};
};

}  // namespace modelcache
