// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/dir_evidence.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/msc_names.hpp"
#include "modelcache/model/snapshot.hpp"
#include "modelcache/store/indexed_directory.hpp"
#include "modelcache/store/local_bookkeeping.hpp"

#include <algorithm>
#include <set>

namespace modelcache {

DirEvidence::DirEvidence(const std::string& path, EvidenceOptions options)
    : options_(std::move(options)), dir_(Dir::open_root(absolute_path(path))) {}

Evidence DirEvidence::read() {
  Evidence evidence;
  EvidenceContents contents(evidence.contents);
  EvidenceRevision revision;
  const auto parsed = index();
  const std::vector<FoundFile> found = files_of_the_repo(parsed.has_value());
  expect_notes(found, revision);
  if (parsed && parsed->index) expect_index(*parsed->index, revision);
  if (parsed && parsed->flaw)
    evidence.findings.push_back(
        make_finding(parsed->flaw->is_unsafe ? FindingCode::index_unsafe : FindingCode::index_unreadable, "",
                     ".msc", parsed->flaw->sentence));
  for (const FoundFile& file : found) {
    const auto expected = expected_.find(file.path);
    EvidenceFile one{file.path.bytes(), EvidenceFile::State::present};
    if (expected != expected_.end()) one.expected = expected->second;
    if (file.status.kind == FileKind::file) {
      one.content = contents.add(file.path.bytes(), file.status);
    } else {
      one.state = EvidenceFile::State::unreadable;
      one.reason =
          file.status.kind == FileKind::link ? "it is a link, which is not followed" : "it is no file";
    }
    if (expected == expected_.end() && lists_all_) one.state = EvidenceFile::State::extra;
    revision.files.push_back(std::move(one));
  }
  for (const auto& [path, expected] : expected_)
    if (find_file(found, path) == nullptr)
      revision.files.push_back({path.bytes(), EvidenceFile::State::missing, {}, expected, "it is not there"});
  std::sort(revision.files.begin(), revision.files.end(),
            [](const EvidenceFile& a, const EvidenceFile& b) { return a.path < b.path; });
  evidence.revisions.push_back(std::move(revision));
  return evidence;
}

std::optional<ParsedMsc> DirEvidence::index() const {
  const auto bytes = or_nothing([&] { return IndexedDirectory(dir_.path()).side_file(".msc"); });
  return bytes ? std::optional(parse_msc(*bytes)) : std::nullopt;
}

// All but what clients, the user and we keep beside them.
std::vector<FoundFile> DirEvidence::files_of_the_repo(bool has_index) const {
  std::set<std::string> left_out;
  const std::string here = real_path(dir_.path()) + "/";
  for (const std::string& path : options_.left_out)
    if (const std::string real = real_path(path); real.starts_with(here))
      left_out.insert(real.substr(here.size()));
  const ParsedDirectoryRecord record = LocalBookkeeping(dir_).record();
  if (record.record && record.record->sha256sums) left_out.insert("SHA256SUMS");
  std::vector<FoundFile> found = walk_files(dir_);
  std::erase_if(found, [&](const FoundFile& file) {
    return left_out.contains(file.path.bytes()) || (has_index && is_client_file(file.path));
  });
  return found;
}

void DirEvidence::expect_notes(const std::vector<FoundFile>& found, EvidenceRevision& revision) {
  const LocalBookkeeping bookkeeping(dir_);
  const ParsedDirectoryRecord record = bookkeeping.record();
  if (record.record) {
    revision.type = record.record->repo.type();
    revision.repo = record.record->repo.id();
    revision.commit = record.record->commit;
  }
  std::vector<std::pair<RelPath, LocalMetadata>> notes;
  std::set<std::string> commits;
  for (const FoundFile& file : found) {
    auto metadata = bookkeeping.metadata(file.path);
    if (!metadata) continue;
    commits.insert(metadata->commit);
    notes.emplace_back(file.path, std::move(*metadata));
  }
  // Files that were downloaded at several commits are of none.
  if (revision.commit.empty() && commits.size() == 1) revision.commit = *commits.begin();
  const ParsedTreeListing listing =
      is_commit_id(revision.commit) ? bookkeeping.listing(revision.commit) : ParsedTreeListing();
  if (listing.listing) {
    lists_all_ = true;
    for (const ListedFile& file : listing.listing->files)
      expect(file.path, {EvidenceOrigin::listing, file.content(), {}, file.content_size()});
  }
  for (const auto& [path, metadata] : notes)
    if (const auto content = metadata.content()) expect(path, {EvidenceOrigin::metadata, content});
}

void DirEvidence::expect_index(const MscIndex& index, EvidenceRevision& revision) {
  // The revisions of ModelScope's index are commits, which prove nothing.
  const auto flavour = IndexedDirectory(dir_.path()).flavour();
  const bool has_ids = flavour != MscFlavour::modelscope;
  revision.has_doubtful_index = !flavour;
  for (const MscEntry& entry : index.entries) {
    const auto path = entry_flaw(entry) ? std::nullopt : RelPath::parse(entry.path);
    if (!path) continue;
    Expectation expected;
    expected.origin = EvidenceOrigin::index;
    if (has_ids && is_git_id(entry.revision)) expected.git_id = entry.revision;
    expect(*path, expected);
  }
}

std::optional<Fd> DirEvidence::open(const EvidenceContent& content) const {
  return dir_.find_file(content.place);
}

}  // namespace modelcache
