// SPDX-License-Identifier: Apache-2.0
#pragma once

// A place that good contents are taken from. Promise: it is only read; what it says of its contents names
// candidates, and each has to be hashed before it counts.

#include "modelcache/format/git_file_ids.hpp"
#include "modelcache/ops/evidence_hashing.hpp"
#include "modelcache/store/evidence.hpp"
#include "modelcache/store/store.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace modelcache {

class RepairSource {
 public:
  // Throws what open_evidence() and EvidenceReader::read() throw.
  RepairSource(const Place& place, const EvidenceOptions& options);

  // A content, and what it is if the place is right.
  struct Candidate {
    std::size_t content = 0;
    Entry entry;
  };
  // By the names that the place has for its contents, and by what search() found.
  std::vector<Candidate> find(const Expectation& expected) const;
  // Reads the contents of the right size, all where that is not known, that no name tells to be something
  // else. Throws Error(io) with EINTR when cancelled.
  void search(const std::vector<const Expectation*>& expected, const EvidenceHashing& how);

  // Nothing when it is gone or no file any more.
  std::optional<Content> open(const Candidate& candidate) const;
  std::string path_of(const Candidate& candidate) const;

 private:
  void take_names();
  void take_names(std::size_t content, const Expectation& expected);
  bool may_be(std::size_t content, HashKind kind) const;
  void want(const Expectation& expected, std::set<WantedHash>& wanted) const;
  Candidate candidate(std::size_t content, const Digest& digest) const;

  std::unique_ptr<EvidenceReader> reader_;
  Evidence evidence_;
  std::unordered_multimap<Digest, std::size_t> by_digest_;
  std::multimap<std::string, std::pair<std::size_t, Digest>> by_id_;  // ids in git, of pointers too
  std::multimap<std::string, std::size_t> by_index_;                  // what an index says; not which form
  std::vector<std::set<HashKind>> named_;                             // parallel to the contents
  std::map<std::size_t, FileHashes> hashes_;                          // of contents that were read
};

}  // namespace modelcache
