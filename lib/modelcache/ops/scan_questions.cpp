// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/ops/scan.hpp"

#include <algorithm>

namespace modelcache {

namespace {

// Clients take the newline of such a ref for a part of the commit.
bool has_newline(const RepoInventory& repo, const std::string& folder, const std::string& ref) {
  return std::any_of(repo.findings.begin(), repo.findings.end(), [&](const Finding& finding) {
    return finding.code == FindingCode::ref_newline && finding.path == folder + "/refs/" + ref;
  });
}

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
  return {Dir::open_root(absolute.substr(0, std::max<std::size_t>(slash, 1))), absolute.substr(slash + 1)};
}

class Finder {
 public:
  explicit Finder(std::string wanted) : wanted_(std::move(wanted)) {
    if (const auto digest = Digest::from_blob_name(wanted_)) digests_ = {*digest};
  }

  bool is_digest() const { return !digests_.empty(); }

  // A path inside a cache is known by its place, any other by what it holds.
  void look_at(const std::vector<CacheScan>& scans) {
    const std::string typed = absolute_path(wanted_);
    for (const CacheScan& scan : scans)
      if (typed.starts_with(scan.cache.path + "/")) place_ = typed;
    if (!place_.empty()) return;
    const OpenFile file = open_user_file(real_path(wanted_));
    size_ = file.status.size;
    digests_ = {file.hash(HashKind::sha256, wanted_), file.hash(HashKind::git_sha1, wanted_)};
  }

  bool matches(const CacheScan& scan, const RevisionInventory& revision, const FileInventory& file) const {
    if (!place_.empty()) return place_ == file.blob || place_ == revision.path + "/" + file.path;
    if (file.digest) return std::find(digests_.begin(), digests_.end(), *file.digest) != digests_.end();
    return (!size_ || file.size == *size_) && holds(scan, file);
  }

 private:
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
  if (name != revision->commit && has_newline(*repo, wanted.repo.folder(), name))
    result.lacking.push_back("the ref " + name + " ends with a newline, so that clients do not find the revision");
  if (revision->files == 0) result.lacking.emplace_back("the revision has no files");
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
