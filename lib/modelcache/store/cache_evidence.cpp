// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/cache_evidence.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/threads.hpp"
#include "modelcache/store/hf_listing.hpp"

#include <algorithm>
#include <set>

namespace modelcache {

namespace {

constexpr std::string_view blobs_part = "/blobs/";

// What a file's own status says better, or what is nothing to who asks for whole contents.
bool is_told_by_files(const Finding& finding) {
  switch (finding.code) {
    case FindingCode::blob_missing:
    case FindingCode::blob_size:
    case FindingCode::link_broken:
    case FindingCode::revision_incomplete:
      return true;
    default:
      return finding.severity == Severity::note;
  }
}

// "models--org--name/blobs/<name>" -> the folder and the name.
std::optional<std::pair<std::string, std::string>> split_blob_place(const std::string& place) {
  const std::size_t at = place.find(blobs_part);
  if (at == std::string::npos || place.find('/') != at) return {};
  return std::pair(place.substr(0, at), place.substr(at + blobs_part.size()));
}

Expectation expectation_of(const FileInventory& file, const ListedFile* listed) {
  if (listed != nullptr) return {EvidenceOrigin::listing, listed->content(), {}, listed->content_size()};
  if (file.digest) return {EvidenceOrigin::blob_name, file.digest};
  if (!file.git_id.empty()) return {EvidenceOrigin::index, {}, file.git_id};
  return {};
}

Expectation expectation_of(const LackingFile& file, const ListedFile* listed) {
  if (listed != nullptr) return {EvidenceOrigin::listing, listed->content(), {}, listed->content_size()};
  if (file.digest) return {EvidenceOrigin::blob_name, file.digest};
  if (!file.git_id.empty()) return {EvidenceOrigin::index, {}, file.git_id};
  return {};
}

}  // namespace

CacheEvidence::CacheEvidence(const Place& place, EvidenceOptions options)
    : place_(place), options_(std::move(options)), root_(Dir::open_root(absolute_path(place.path))) {}

std::vector<CacheEvidence::Chosen> CacheEvidence::choose(Inventory& inventory,
                                                         std::vector<Finding>& findings) const {
  std::vector<std::string> folders;
  std::vector<std::optional<std::string>> revisions;
  for (const RepoRevision& wanted : options_.repos) {
    const auto folder = inventory.find_folder(wanted.repo);
    folders.push_back(folder.value_or(""));
    revisions.push_back(wanted.revision);
  }
  if (options_.repos.empty()) folders = inventory.folders(findings);
  revisions.resize(folders.size());
  std::vector<std::optional<RepoInventory>> read(folders.size());
  for_each_in_threads(options_.jobs, folders.size(), [&](std::size_t i) {
    if (!folders[i].empty()) read[i] = inventory.read(folders[i], Detail::files);
  });
  std::vector<Chosen> chosen;
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (!read[i] && !options_.repos.empty())
      throw Error(Cause::not_found,
                  "the cache '" + terminal_safe(root_.path()) + "' has no " + options_.repos[i].repo.text());
    if (!read[i]) continue;
    std::optional<std::string> commit;
    if (revisions[i]) {
      const RevisionInventory* revision = inventory.choose_revision(*read[i], revisions[i]);
      if (revision == nullptr)
        throw Error(Cause::not_found, "the cache has no revision '" + terminal_safe(*revisions[i]) + "' of " +
                                          options_.repos[i].repo.text());
      commit = revision->commit;
    }
    chosen.push_back({std::move(*read[i]), std::move(commit)});
  }
  return chosen;
}

Evidence CacheEvidence::read() {
  Evidence evidence;
  EvidenceContents contents(evidence.contents);
  const auto inventory = open_inventory(place_);
  const std::vector<Chosen> chosen = choose(*inventory, evidence.findings);
  root_path_ = inventory->totals().path;
  for (const Chosen& one : chosen) add(one, evidence, contents);
  std::erase_if(evidence.findings, is_told_by_files);
  return evidence;
}

void CacheEvidence::add(const Chosen& chosen, Evidence& evidence, EvidenceContents& contents) {
  const auto& findings = chosen.repo.findings;
  evidence.findings.insert(evidence.findings.end(), findings.begin(), findings.end());
  for (const RevisionInventory& revision : chosen.repo.revisions)
    if (!chosen.commit || *chosen.commit == revision.commit)
      add_revision(chosen.repo, revision, evidence, contents);
  if (!chosen.commit && place_.layout == Layout::hf) add_unnamed_blobs(chosen.repo, evidence, contents);
}

void CacheEvidence::add_revision(const RepoInventory& repo, const RevisionInventory& revision,
                                 Evidence& evidence, EvidenceContents& contents) {
  const auto listed_files = listing(repo, revision);
  EvidenceRevision added{repo.type, repo.id, revision.commit, {}};
  added.directory = below_root(revision.path);
  std::set<std::string_view> here;
  for (const FileInventory& file : revision.list) {
    const ListedFile* listed = listed_files ? listed_files->find(file.path) : nullptr;
    EvidenceFile one{file.path, EvidenceFile::State::present, {}, expectation_of(file, listed)};
    const std::string place = below_root(file.blob);
    here.insert(file.path);
    if (const auto status = find(place)) {
      one.content = contents.add(place, *status);
      if (file.is_unlisted || (listed_files && listed == nullptr)) one.state = EvidenceFile::State::extra;
    } else {
      one.state = EvidenceFile::State::missing;
      one.reason = "it was gone when it was looked at";
    }
    added.files.push_back(std::move(one));
  }
  for (const LackingFile& file : revision.lacking) {
    if (here.contains(file.path)) continue;  // there, but not as it should be
    if (file.path.empty()) {
      evidence.findings.push_back(make_finding(FindingCode::permission_denied,
                                               std::string(to_string(repo.type)) + "/" + repo.id,
                                               below_root(revision.path), file.reason));
      continue;
    }
    const ListedFile* listed = listed_files ? listed_files->find(file.path) : nullptr;
    added.files.push_back(
        {file.path, EvidenceFile::State::missing, {}, expectation_of(file, listed), file.reason});
  }
  std::sort(added.files.begin(), added.files.end(),
            [](const EvidenceFile& a, const EvidenceFile& b) { return a.path < b.path; });
  evidence.revisions.push_back(std::move(added));
}

void CacheEvidence::add_unnamed_blobs(const RepoInventory& repo, Evidence& evidence,
                                      EvidenceContents& contents) {
  const HfBlobs* blobs = blobs_of(below_root(repo.path));
  if (blobs == nullptr) return;
  const std::string folder = below_root(repo.path) + std::string(blobs_part);
  EvidenceRevision added{repo.type, repo.id, "", {}};
  for (const std::string& name : blobs->dir().names()) {
    const auto digest = Digest::from_blob_name(name);
    std::string place = folder;
    place += name;
    if (!digest || contents.find(place)) continue;
    if (const auto status = find(place))
      added.files.push_back({"blobs/" + name,
                             EvidenceFile::State::present,
                             contents.add(place, *status),
                             {EvidenceOrigin::blob_name, digest}});
  }
  added.is_store = true;
  added.directory = below_root(repo.path);
  if (!added.files.empty()) evidence.revisions.push_back(std::move(added));
}

std::optional<TreeListing> CacheEvidence::listing(const RepoInventory& repo,
                                                  const RevisionInventory& revision) const {
  const auto folder = place_.layout == Layout::hf ? root_.find_dir(below_root(repo.path)) : std::nullopt;
  return folder ? find_listing(*folder, revision.commit) : std::nullopt;
}

const HfBlobs* CacheEvidence::blobs_of(const std::string& folder) const {
  const std::scoped_lock lock(mutex_);
  const auto [known, is_new] = blobs_.try_emplace(folder);
  if (is_new)
    known->second = or_nothing([&]() -> std::optional<HfBlobs> {
      const auto repo = root_.find_dir(folder);
      return repo ? HfBlobs::open(root_, *repo) : std::nullopt;
    });
  return known->second ? &*known->second : nullptr;
}

// A content of a hub cache may be a link into the shared store of the cache, and into nothing else.
std::optional<Status> CacheEvidence::find(const std::string& place) const {
  return or_nothing([&]() -> std::optional<Status> {
    const auto blob = place_.layout == Layout::hf ? split_blob_place(place) : std::nullopt;
    const HfBlobs* blobs = blob ? blobs_of(blob->first) : nullptr;
    auto status = blobs != nullptr ? blobs->find(blob->second) : root_.find_status(place);
    if (status && status->kind != FileKind::file) status.reset();
    return status;
  });
}

std::optional<Fd> CacheEvidence::open(const EvidenceContent& content) const {
  const auto blob = place_.layout == Layout::hf ? split_blob_place(content.place) : std::nullopt;
  const HfBlobs* blobs = blob ? blobs_of(blob->first) : nullptr;
  return blobs != nullptr ? blobs->open_file(blob->second) : root_.find_file(content.place);
}

}  // namespace modelcache
