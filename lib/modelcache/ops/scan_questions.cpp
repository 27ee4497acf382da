// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/ops/scan.hpp"

#include <algorithm>

namespace modelcache {

namespace {

constexpr std::size_t shortest_prefix = 7;

const RevisionInventory* find_revision(const RepoInventory& repo, const std::string& wanted) {
  const RevisionInventory* by_prefix = nullptr;
  for (const RevisionInventory& revision : repo.revisions) {
    const auto& refs = revision.refs;
    if (revision.commit == wanted || std::find(refs.begin(), refs.end(), wanted) != refs.end())
      return &revision;
    if (wanted.size() < shortest_prefix || !revision.commit.starts_with(wanted)) continue;
    if (by_prefix != nullptr)
      throw Error(Cause::usage, "the revision '" + terminal_safe(wanted) + "' is ambiguous");
    by_prefix = &revision;
  }
  return by_prefix;
}

// The file at `path`, and its directory, as one may open it: the user's own path.
struct UserFile {
  explicit UserFile(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string parent =
        slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
    const Dir dir = Dir::open_root(parent);
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    status = dir.status(name);
    file = dir.open_file(name);
  }

  Status status;
  Fd file;
};

Digest hash_of(const UserFile& user, HashKind kind, const std::string& path) {
  TransferRequest request;
  request.size = user.status.size;
  request.source_path = path;
  return hash_file(user.file, kind, request);
}

class Finder {
 public:
  explicit Finder(std::string wanted) : wanted_(std::move(wanted)) {
    const auto digest = Digest::from_blob_name(wanted_);
    if (digest) digests_ = {digest->text()};
  }

  bool is_digest() const { return !digests_.empty(); }

  // A path inside a cache is known by its place, any other by what it holds.
  void look_at(const std::vector<CacheScan>& scans) {
    for (const CacheScan& scan : scans) is_inside_ = is_inside_ || wanted_.starts_with(scan.cache.path + "/");
    if (is_inside_) return;
    const UserFile user(wanted_);
    size_ = user.status.size;
    digests_ = {hash_of(user, HashKind::sha256, wanted_).text(),
                hash_of(user, HashKind::git_sha1, wanted_).text()};
  }

  bool matches(const RevisionInventory& revision, const FileInventory& file) const {
    if (is_inside_) return wanted_ == file.blob || wanted_ == revision.path + "/" + file.path;
    if (!file.digest.empty())
      return std::find(digests_.begin(), digests_.end(), file.digest) != digests_.end();
    if (!size_ || file.size != *size_) return false;
    return hash_of(UserFile(file.blob), HashKind::sha256, file.blob).text() == digests_.front();
  }

 private:
  std::string wanted_;
  bool is_inside_ = false;
  std::optional<std::uint64_t> size_;  // of the file that was given
  std::vector<std::string> digests_;
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
  Readiness result{false, revision->commit, revision->path, revision->lacking};
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
          if (finder.matches(revision, file))
            matches.push_back({std::string(to_string(repo.type)) + "/" + repo.id, revision.commit, file});
  return matches;
}

}  // namespace modelcache
