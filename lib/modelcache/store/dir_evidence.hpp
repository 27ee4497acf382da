// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is noted beside the files of a plain directory: the listing of its commit, what a client noted of each
// download, the index of AI Studio's client. Promise: as EvidenceReader.

#include "modelcache/format/msc_index.hpp"
#include "modelcache/store/evidence.hpp"
#include "modelcache/store/plain_dir_walk.hpp"

#include <map>

namespace modelcache {

class DirEvidence final : public EvidenceReader {
 public:
  DirEvidence(const std::string& path, EvidenceOptions options);

  Evidence read() override;
  std::optional<Fd> open(const EvidenceContent& content) const override;
  std::string path_of(const EvidenceContent& content) const override { return dir_.path_of(content.place); }

 private:
  using Expectations = std::map<RelPath, Expectation, std::less<>>;

  std::vector<FoundFile> files_of_the_repo(bool has_index) const;
  void expect_notes(const std::vector<FoundFile>& found, EvidenceRevision& revision);
  void expect_index(const MscIndex& index, EvidenceRevision& revision);
  std::optional<ParsedMsc> index() const;
  void expect(const RelPath& path, const Expectation& expected) { expected_.try_emplace(path, expected); }

  EvidenceOptions options_;
  Dir dir_;
  Expectations expected_;   // the first that is said of a file stands
  bool lists_all_ = false;  // expected_ tells all files of the revision
};

}  // namespace modelcache
