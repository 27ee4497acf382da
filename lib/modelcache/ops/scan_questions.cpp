// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/ops/scan.hpp"

#include <algorithm>

namespace modelcache {

namespace {

// A file that is to be hashed, and how many bytes it has.
struct OpenFile {
  Status status;
  Fd file;

  OpenFile(const Dir& dir, std::string_view path) : status(dir.status(path)), file(dir.open_file(path)) {}

  Digest hash(HashKind kind, std::string_view path) const {
    TransferRequest request;
    request.size = status.size;
    request.source_path = path;
    return hash_file(file, kind, request);
  }
};

OpenFile open_user_file(const std::string& absolute) {
  const std::size_t slash = absolute.rfind('/');
  const Dir parent = Dir::open_root(absolute.substr(0, std::max<std::size_t>(slash, 1)));
  const std::string name = absolute.substr(slash + 1);
  if (!parent.find_status(name))
    throw_error(Cause::not_found, "open", absolute, "there is nothing of this name");
  return {parent, name};
}

class Finder {
 public:
  explicit Finder(std::string wanted) : wanted_(std::move(wanted)) {
    // As our own records write it, too.
    for (const std::string_view kind : {"sha256:", "git-sha1:"})
      if (wanted_.starts_with(kind)) wanted_.erase(0, kind.size());
    if (const auto digest = Digest::from_blob_name(wanted_)) digests_ = {*digest};
  }

  bool is_digest() const { return !digests_.empty(); }

  // A path inside a cache is known by its place, any other by what it holds.
  void look_at(const std::vector<CacheScan>& scans) {
    const std::string typed = absolute_path(wanted_);
    const std::string target = real_path(wanted_);
    const std::size_t slash = typed.rfind('/');
    const std::string by_place = real_path(typed.substr(0, slash + 1)) + typed.substr(slash);
    if (is_place_in(scans, by_place) || is_place_in(scans, target)) return;
    const OpenFile file = open_user_file(target);
    size_ = file.status.size;
    digests_ = {file.hash(HashKind::sha256, wanted_), file.hash(HashKind::git_sha1, wanted_)};
  }

  bool matches(const CacheScan& scan, const RevisionInventory& revision, const FileInventory& file) const {
    if (!place_.empty()) return place_ == file.blob || place_ == revision.path + "/" + file.path;
    if (file.digest) return std::find(digests_.begin(), digests_.end(), *file.digest) != digests_.end();
    return (!size_ || file.size == *size_) && holds(scan, file);
  }

 private:
  // In the words of the scan, however the user wrote it.
  bool is_place_in(const std::vector<CacheScan>& scans, const std::string& real) {
    for (const CacheScan& scan : scans) {
      const std::string root = real_path(scan.cache.path);
      if (real.starts_with(root + "/")) place_ = scan.cache.path + real.substr(root.size());
    }
    return !place_.empty();
  }

  // Nothing says what such a file is, so it is read.
  bool holds(const CacheScan& scan, const FileInventory& file) const {
    try {
      const OpenFile open(Dir::open_root(scan.cache.path), file.blob.substr(scan.cache.path.size() + 1));
      return open.hash(digests_.front().kind(), file.blob) == digests_.front();
    } catch (const Error& error) {
      // Gone meanwhile, or changed into something that is no file.
      if (error.cause() == Cause::refused || is_absent(error)) return false;
      throw;
    }
  }

  std::string wanted_;
  std::string place_;                  // absolute, when it is in a cache
  std::optional<std::uint64_t> size_;  // of the file that was given
  std::vector<Digest> digests_;
};

}  // namespace

Readiness check_ready(const Place& place, const RepoRevision& wanted) {
  const auto inventory = open_inventory(place);
  const auto repo = inventory->read(wanted.repo.folder(), Detail::files);
  if (!repo) return {false, {}, {}, {"the cache has no repo " + wanted.repo.text()}};
  const std::string name = wanted.revision.value_or("main");
  const RevisionInventory* revision = find_revision(*repo, name);
  if (revision == nullptr)
    return {false, {}, {}, {"the cache has no revision " + name + " of " + wanted.repo.text()}};
  Readiness result{false, revision->commit, revision->path, {}};
  for (const LackingFile& file : revision->lacking) result.lacking.push_back(file.path + " " + file.reason);
  bool is_read = true;
  for (const Finding& finding : repo->findings) {
    if (finding.code != FindingCode::permission_denied ||
        finding.path.find("/snapshots/" + revision->commit) == std::string::npos)
      continue;
    result.lacking.push_back(finding.path + ": " + finding.detail);
    is_read = false;
  }
  if (revision->files == 0 && is_read) result.lacking.emplace_back("the revision has no files");
  result.ready = result.lacking.empty();
  return result;
}

Lookup look_up(const Place& place, const RepoRevision& wanted, std::string_view file) {
  return open_inventory(place)->look_up(wanted.repo.folder(), wanted.revision.value_or("main"), file);
}

std::vector<ContentMatch> find_content(const std::vector<Place>& places, std::string_view wanted,
                                       unsigned jobs) {
  Finder finder{std::string(wanted)};
  const auto scans = scan({places, Detail::files, jobs});
  if (!finder.is_digest()) finder.look_at(scans);
  std::vector<ContentMatch> matches;
  for (const CacheScan& cache : scans)
    for (const RepoInventory& repo : cache.repos)
      for (const RevisionInventory& revision : repo.revisions)
        for (const FileInventory& file : revision.list)
          if (finder.matches(cache, revision, file))
            matches.push_back({std::string(to_string(repo.type)) + "/" + repo.id, revision.commit, file});
  return matches;
}

}  // namespace modelcache
