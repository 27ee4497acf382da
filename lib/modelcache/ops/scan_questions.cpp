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
    const auto found = dir.find_status(name);
    if (!found) throw_error(Cause::not_found, "open", path, "there is nothing of this name");
    status = *found;
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
    // As our own records write it, too.
    for (const std::string_view kind : {"sha256:", "git-sha1:"})
      if (wanted_.starts_with(kind)) wanted_.erase(0, kind.size());
    const auto digest = Digest::from_blob_name(wanted_);
    if (digest) digests_ = {digest->text()};
  }

  bool is_digest() const { return !digests_.empty(); }

  // A path inside a cache is known by its place, any other by what it holds.
  void look_at(const std::vector<CacheScan>& scans) {
    const std::size_t slash = wanted_.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : wanted_.substr(0, slash + 1);
    const std::string target = real_path(wanted_);
    if (is_place_in(scans, joined(real_path(parent), wanted_.substr(slash + 1))) ||
        is_place_in(scans, target))
      return;
    const UserFile user(target);
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
  // In the words of the scan, however the user wrote it.
  bool is_place_in(const std::vector<CacheScan>& scans, const std::string& real) {
    for (const CacheScan& scan : scans) {
      const std::string root = real_path(scan.cache.path);
      if (!real.starts_with(root + "/")) continue;
      wanted_ = scan.cache.path + real.substr(root.size());
      is_inside_ = true;
    }
    return is_inside_;
  }

  static std::string joined(const std::string& parent, const std::string& name) {
    return parent + (parent.ends_with("/") ? "" : "/") + name;
  }

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
          if (finder.matches(revision, file))
            matches.push_back({std::string(to_string(repo.type)) + "/" + repo.id, revision.commit, file});
  return matches;
}

}  // namespace modelcache
