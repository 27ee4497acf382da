// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/repair_source.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/lfs_pointer.hpp"

#include <algorithm>
#include <cerrno>

namespace modelcache {

RepairSource::RepairSource(const Place& place, const EvidenceOptions& options)
    : reader_(open_evidence(place, options)), evidence_(reader_->read()) {
  named_.resize(evidence_.contents.size());
  take_names();
}

void RepairSource::take_names() {
  for (const EvidenceRevision& revision : evidence_.revisions)
    for (const EvidenceFile& file : revision.files)
      if (file.content && file.state == EvidenceFile::State::present)
        take_names(*file.content, file.expected);
}

void RepairSource::take_names(std::size_t content, const Expectation& expected) {
  const std::uint64_t size = evidence_.contents[content].size;
  // Of another size it is damaged, or the text of a pointer.
  if (expected.size && *expected.size != size) return;
  if (expected.content) {
    const Digest& digest = *expected.content;
    named_[content].insert(digest.kind());
    by_digest_.emplace(digest, content);
    if (digest.kind() == HashKind::sha256 && size > 0) {
      by_id_.emplace(pointer_git_oid(digest, size).hex(), std::pair(content, digest));
      by_id_.emplace(bare_pointer_git_oid(digest, size).hex(), std::pair(content, digest));
    } else if (digest.kind() == HashKind::git_sha1) {
      by_id_.emplace(digest.hex(), std::pair(content, digest));
    }
  } else if (!expected.git_id.empty()) {
    by_index_.emplace(expected.git_id, content);
  }
}

RepairSource::Candidate RepairSource::candidate(std::size_t content, const Digest& digest) const {
  // No content has a path of its own; the entry needs one all the same.
  return {content, {*RelPath::parse("content"), evidence_.contents[content].size, digest, {}, {}}};
}

std::vector<RepairSource::Candidate> RepairSource::find(const Expectation& expected) const {
  std::vector<Candidate> found;
  std::set<std::size_t> told;
  const auto add = [&](std::size_t content, const Digest& digest) {
    const bool fits = !expected.size || *expected.size == evidence_.contents[content].size;
    // The id in git of a large file is that of its pointer, which must not come in its place.
    if (!expected.git_id.empty() && digest.kind() == HashKind::git_sha1 &&
        is_pointer_text(*reader_, evidence_.contents[content]))
      return;
    if (fits && told.insert(content).second) found.push_back(candidate(content, digest));
  };
  const auto& digest = expected.content;
  // What was read first: it is known.
  for (const auto& [content, hashes] : hashes_) {
    if (digest && (digest == hashes.sha256 || digest == hashes.git)) add(content, *digest);
    if (expected.git_id.empty()) continue;
    if (const auto id = find_id(hashes, expected.git_id))
      add(content, id->form == IdForm::plain ? *hashes.git : *hashes.sha256);
  }
  if (digest) {
    const auto [first, last] = by_digest_.equal_range(*digest);
    for (auto at = first; at != last; ++at) add(at->second, *digest);
  }
  if (!expected.git_id.empty())
    for (auto at = by_id_.lower_bound(expected.git_id);
         at != by_id_.end() && at->first.starts_with(expected.git_id); ++at)
      add(at->second.first, at->second.second);
  return found;
}

// Whether nothing tells yet what this hash of the content is.
bool RepairSource::may_be(std::size_t content, HashKind kind) const {
  if (named_[content].contains(kind)) return false;
  const auto known = hashes_.find(content);
  if (known == hashes_.end()) return true;
  return !known->second.of(kind);
}

void RepairSource::want(const Expectation& expected, std::set<WantedHash>& wanted) const {
  std::vector<HashKind> kinds{HashKind::git_sha1, HashKind::sha256};
  if (expected.content) kinds = {expected.content->kind()};
  const auto add = [&](std::size_t content) {
    const std::uint64_t size = evidence_.contents[content].size;
    if (expected.size && *expected.size != size) return;
    for (const HashKind kind : kinds)
      if (may_be(content, kind)) wanted.emplace(content, kind);
  };
  if (!expected.git_id.empty()) {
    const auto [first, last] = by_index_.equal_range(expected.git_id);
    for (auto at = first; at != last; ++at) add(at->second);
    if (first != last) return;
  }
  for (std::size_t i = 0; i < evidence_.contents.size(); ++i) add(i);
}

void RepairSource::search(const std::vector<const Expectation*>& expected, const EvidenceHashing& how) {
  std::set<WantedHash> wanted;
  for (const Expectation* one : expected) want(*one, wanted);
  if (wanted.empty()) return;
  // What cannot be read there is no candidate.
  const auto done = [&](std::size_t content, const HashOutcome& outcome) {
    if (!outcome.digest) return;
    FileHashes& hashes = hashes_[content];
    hashes.size = evidence_.contents[content].size;
    hashes.add(*outcome.digest);
  };
  hash_contents(*reader_, evidence_.contents, {wanted.begin(), wanted.end()}, how, done);
}

std::optional<Content> RepairSource::open(const Candidate& candidate) const {
  const EvidenceContent& content = evidence_.contents[candidate.content];
  auto file = or_nothing([&] { return reader_->open(content); });
  if (!file) return {};
  return Content{std::move(*file), content.size, reader_->path_of(content), Content::Origin::working_file};
}

std::string RepairSource::path_of(const Candidate& candidate) const {
  return reader_->path_of(evidence_.contents[candidate.content]);
}

}  // namespace modelcache
