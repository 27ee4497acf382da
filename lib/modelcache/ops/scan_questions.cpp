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

// Also as our own records write it, "sha256:…".
std::optional<Digest> digest_of(std::string_view wanted) {
  for (const std::string_view kind : {"sha256:", "git-sha1:"})
    if (wanted.starts_with(kind)) wanted.remove_prefix(kind.size());
  return Digest::from_blob_name(wanted);
}

// A file that is to be hashed, and how many bytes it has.
struct OpenFile {
  OpenFile(const Dir& dir, std::string_view path) : status(dir.status(path)), file(dir.open_file(path)) {}

  Digest hash(HashKind kind, std::string_view path) const {
    TransferRequest request;
    request.size = status.size;
    request.source_path = path;
    return hash_file(file, kind, request);
  }

  Status status;
  Fd file;
};

// The user's own path: links to its directory are followed, but not the last name.
struct UserPath {
  explicit UserPath(const std::string& typed) {
    const std::string absolute = absolute_path(typed);
    const std::size_t slash = absolute.rfind('/');
    parent = real_path(absolute.substr(0, std::max<std::size_t>(slash, 1)));
    name = absolute.substr(slash + 1);
  }

  std::string text() const { return parent == "/" ? parent + name : parent + "/" + name; }
  Status status() const {
    const auto status = Dir::open_root(parent).find_status(name);
    if (!status) throw_error(Cause::not_found, "open", text(), "there is nothing of this name");
    return *status;
  }

  std::string parent;
  std::string name;
};

// A path that a cache shows, whatever way it was typed.
class PlaceFinder {
 public:
  PlaceFinder(const UserPath& path, const std::vector<CacheScan>& scans) {
    for (const CacheScan& scan : scans) {
      const std::string real = real_path(scan.cache.path) + "/";
      if (path.text().starts_with(real))
        spellings_.push_back(scan.cache.path + "/" + path.text().substr(real.size()));
    }
  }

  bool is_inside() const { return !spellings_.empty(); }
  bool matches(const CacheScan&, const RevisionInventory& revision, const FileInventory& file) const {
    return is_one(file.blob) || is_one(revision.path_of(file));
  }

 private:
  bool is_one(const std::string& path) const {
    return std::find(spellings_.begin(), spellings_.end(), path) != spellings_.end();
  }

  std::vector<std::string> spellings_;
};

class ContentFinder {
 public:
  explicit ContentFinder(const Digest& digest) : digests_{digest} {}
  // By what a file holds.
  ContentFinder(const OpenFile& file, std::string_view path)
      : size_(file.status.size),
        digests_{file.hash(HashKind::sha256, path), file.hash(HashKind::git_sha1, path)} {}

  bool matches(const CacheScan& scan, const RevisionInventory&, const FileInventory& file) const {
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

  std::optional<std::uint64_t> size_;  // of the file that was given
  std::vector<Digest> digests_;
};

template <typename Finder>
std::vector<ContentMatch> all_matches(const std::vector<CacheScan>& scans, const Finder& finder) {
  std::vector<ContentMatch> matches;
  for (const CacheScan& scan : scans)
    for (const RepoInventory& repo : scan.repos)
      for (const RevisionInventory& revision : repo.revisions)
        for (const FileInventory& file : revision.list)
          if (finder.matches(scan, revision, file))
            matches.push_back({std::string(to_string(repo.type)) + "/" + repo.id, revision.commit, file});
  return matches;
}

}  // namespace

Readiness check_ready(const Place& place, const RepoRevision& wanted) {
  const auto inventory = open_inventory(place);
  const auto folder = inventory->find_folder(wanted.repo);
  const auto repo = folder ? inventory->read(*folder, Detail::files) : std::nullopt;
  if (!repo) return {false, {}, {}, {"the cache has no repo " + wanted.repo.text()}};
  const RevisionInventory* revision = inventory->choose_revision(*repo, wanted.revision);
  const bool is_hub = place.layout == Layout::hf;
  const std::string name = wanted.revision.value_or(is_hub ? "main" : "");
  if (revision == nullptr)
    return {false,
            {},
            {},
            {"the cache has no revision " + name + (name.empty() ? "" : " ") + "of " + wanted.repo.text()}};
  Readiness result{false, revision->commit, revision->path, {}};
  for (const LackingFile& file : revision->lacking) result.lacking.push_back(file.line());
  if (name != revision->commit && has_newline(*repo, *folder, name))
    result.lacking.push_back("the ref " + name +
                             " ends with a newline, so that clients do not find the revision");
  if (revision->files == 0 && result.lacking.empty())
    result.lacking.emplace_back("the revision has no files");
  result.ready = result.lacking.empty();
  return result;
}

Lookup look_up(const Place& place, const RepoRevision& wanted, std::string_view file) {
  const auto inventory = open_inventory(place);
  const auto folder = inventory->find_folder(wanted.repo);
  return folder ? inventory->look_up(*folder, wanted.revision, file) : Lookup();
}

std::vector<ContentMatch> find_content(const std::vector<Place>& places, std::string_view wanted,
                                       unsigned jobs) {
  const auto scans = scan({places, Detail::files, jobs});
  if (const auto digest = digest_of(wanted)) return all_matches(scans, ContentFinder(*digest));
  const std::string typed(wanted);
  const UserPath path(typed);
  const bool is_link = path.status().kind == FileKind::link;
  const PlaceFinder place(path, scans);
  auto matches = all_matches(scans, place);
  // What no revision shows is known by what it holds; but a link in a cache is followed by nobody.
  if (!matches.empty() || (place.is_inside() && is_link)) return matches;
  const UserPath real(real_path(typed));
  return all_matches(scans, ContentFinder(OpenFile(Dir::open_root(real.parent), real.name), typed));
}

}  // namespace modelcache
