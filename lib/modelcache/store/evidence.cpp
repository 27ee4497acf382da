// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/evidence.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/store/cache_evidence.hpp"
#include "modelcache/store/clone_evidence.hpp"
#include "modelcache/store/dir_evidence.hpp"

#include <unistd.h>

#include <algorithm>
#include <set>

namespace modelcache {

namespace {

Expectation expectation_of(const ManifestEntry& entry, EvidenceOrigin origin) {
  Expectation expected{origin, entry.sha256, {}, entry.size};
  if (!entry.sha256 && entry.blob_id) expected.git_id = entry.blob_id->hex();
  return expected;
}

}  // namespace

std::string_view to_string(EvidenceOrigin origin) {
  switch (origin) {
    case EvidenceOrigin::none:
      return "";
    case EvidenceOrigin::manifest:
      return "manifest";
    case EvidenceOrigin::hub:
      return "hub";
    case EvidenceOrigin::listing:
      return "trees";
    case EvidenceOrigin::metadata:
      return "local_dir";
    case EvidenceOrigin::blob_name:
      return "blob";
    case EvidenceOrigin::index:
      return "msc";
    case EvidenceOrigin::pointer:
      return "pointer";
    case EvidenceOrigin::git:
      return "git";
  }
  return "";
}

std::size_t EvidenceContents::add(const std::string& place, const Status& status) {
  const auto known = by_place_.find(place);
  if (known != by_place_.end()) return known->second;
  // Also of one with a single name in its directory: the payload of a shared store has several by links.
  const std::size_t index =
      by_inode_.try_emplace({status.device, status.inode}, contents_.size()).first->second;
  if (index == contents_.size())
    contents_.push_back({place, status.size, status.device, status.inode, status.modified});
  by_place_.emplace(place, index);
  return index;
}

std::optional<std::size_t> EvidenceContents::find(const std::string& place) const {
  const auto known = by_place_.find(place);
  return known != by_place_.end() ? std::optional(known->second) : std::nullopt;
}

bool has_repos(const Place& place) {
  if (place.layout == Layout::clone || place.layout == Layout::dir) return false;
  if (place.layout == Layout::hf) return true;
  const auto root = Dir::find_root(place.path);
  return !root || (!root->find_status(".msc") && !root->find_status(".mdl"));
}

std::unique_ptr<EvidenceReader> open_evidence(const Place& place, const EvidenceOptions& options) {
  if (has_repos(place)) return std::make_unique<CacheEvidence>(place, options);
  if (!options.repos.empty())
    throw Error(Cause::usage,
                "'" + terminal_safe(place.text()) + "' is one repo: repos are chosen in a cache only");
  if (place.layout == Layout::clone) return std::make_unique<CloneEvidence>(place.path, options);
  return std::make_unique<DirEvidence>(place.path, options);
}

bool is_pointer_text(const EvidenceReader& reader, const EvidenceContent& content) {
  if (content.size == 0 || content.size >= lfs_pointer_limit) return false;
  const auto file = or_nothing([&] { return reader.open(content); });
  if (!file) return false;
  std::string text(content.size, '\0');
  const ssize_t count = ::pread(file->get(), text.data(), text.size(), 0);
  return count == static_cast<ssize_t>(text.size()) && parse_lfs_pointer(text).has_value();
}

void apply_manifest(const Manifest& manifest, EvidenceOrigin origin, EvidenceRevision& revision) {
  std::set<std::string_view> seen;
  std::erase_if(revision.files, [&](const EvidenceFile& file) {
    return file.state == EvidenceFile::State::missing;  // of the place's own view
  });
  for (EvidenceFile& file : revision.files) {
    const auto path = RelPath::parse(file.path);
    const auto entry = path ? manifest.find(*path) : manifest.end();
    seen.insert(file.path);
    if (entry == manifest.end()) {
      file.state = EvidenceFile::State::extra;
      file.expected = {};
      continue;
    }
    file.expected = expectation_of(entry->second, origin);
    file.state = file.content ? EvidenceFile::State::present : EvidenceFile::State::unreadable;
    if (!file.content && file.reason.empty()) file.reason = "it is no file";
  }
  std::vector<EvidenceFile> missing;
  for (const auto& [path, entry] : manifest)
    if (!seen.contains(path.bytes()))
      missing.push_back(
          {path.bytes(), EvidenceFile::State::missing, {}, expectation_of(entry, origin), "it is not there"});
  std::move(missing.begin(), missing.end(), std::back_inserter(revision.files));
  std::sort(revision.files.begin(), revision.files.end(),
            [](const EvidenceFile& a, const EvidenceFile& b) { return a.path < b.path; });
}

}  // namespace modelcache
