// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a place itself says its files are, and a way to read them: what verify-sha proves them by. Promise:
// nothing is written, no content is read while the evidence is gathered (but small files that tell of
// others), and no link is followed out of the place.

#include "modelcache/base/digest.hpp"
#include "modelcache/base/dir.hpp"
#include "modelcache/format/manifest.hpp"
#include "modelcache/model/finding.hpp"
#include "modelcache/model/repo_id.hpp"
#include "modelcache/model/snapshot.hpp"
#include "modelcache/store/locate.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace modelcache {

// What told what a file should be.
enum class EvidenceOrigin : std::uint8_t {
  none,
  manifest,   // a file that the user names
  hub,        // the server
  listing,    // trees/<commit>.json
  metadata,   // what a client noted of a download into a directory
  blob_name,  // the content's own name
  index,      // .msc of AI Studio's client
  pointer,    // an LFS pointer in git
  git,        // the tree of a commit in git
};
std::string_view to_string(EvidenceOrigin origin);  // the word of the records; empty for none

struct Expectation {
  EvidenceOrigin origin = EvidenceOrigin::none;
  std::optional<Digest> content = {};
  // Hex, or its first 7 digits and more: the id in git of the file or of an LFS pointer to it. Only where
  // there is no `content`.
  std::string git_id = {};
  std::optional<std::uint64_t> size = {};  // bytes

  // Whether bytes can be compared with it.
  bool is_proof() const { return content || !git_id.empty(); }
};

// A file that holds bytes, told once whatever names lead to it.
struct EvidenceContent {
  std::string place;       // for EvidenceReader::open only
  std::uint64_t size = 0;  // bytes
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  timespec modified{};
};

struct EvidenceFile {
  enum class State : std::uint8_t {
    present,     // `content` holds what is to be compared
    proved,      // compared already, as the text of a link
    missing,     // nothing readable is there
    extra,       // there, and no part of the revision
    unreadable,  // there, and no file, or none that may be looked at
  };
  std::string path;  // relative to the revision or directory; any bytes
  State state = State::present;
  // In Evidence::contents: of each present one, and of extra ones that are files.
  std::optional<std::size_t> content = {};
  Expectation expected = {};
  std::string reason = {};            // of missing and unreadable ones
  FileMode mode = FileMode::regular;  // as git says; other places do not tell
};

struct EvidenceRevision {
  std::optional<RepoType> type;
  std::string repo;                 // "org/name" as the place says; empty where nothing tells
  std::string commit;               // empty where nothing tells
  std::vector<EvidenceFile> files;  // sorted by path
  // The ids of an index may be commits, as ModelScope's are, unless one of them is its file's.
  bool has_doubtful_index = false;
  // No revision, but contents of a store under their own names: blobs that nothing names, LFS objects.
  bool is_store = false;
  std::string directory = {};  // where the paths begin; relative to the place, empty: there
};

// A file that is not what it should be, with what mending it takes (store/mending.hpp).
struct SpoiledFile {
  std::size_t number = 0;  // of the file, for whoever made this
  std::optional<RepoType> type = {};
  std::string repo = {};
  std::string directory = {};  // EvidenceRevision::directory
  std::string path = {};
  bool is_in_store = false;
  FileMode mode = FileMode::regular;
  Expectation expected = {};
  std::optional<EvidenceContent> content = {};  // what is there, as it was judged
};

struct Evidence {
  std::vector<EvidenceContent> contents;
  std::vector<EvidenceRevision> revisions;
  std::vector<Finding> findings;  // flaws of structure that no single file has
};

struct EvidenceOptions {
  std::vector<RepoRevision> repos = {};  // of a cache: these only
  bool allow_foreign_owner = false;
  unsigned jobs = 1;
  std::vector<std::string> left_out = {};  // paths of files that are not the place's own: a manifest, a state
};

class EvidenceReader {
 public:
  virtual ~EvidenceReader() = default;

  // Throws Error(not_found) for a repo or revision that is not there, Error(refused) for a place that cannot
  // be read at all.
  virtual Evidence read() = 0;
  // Nothing when it is gone. Called from several threads at once.
  virtual std::optional<Fd> open(const EvidenceContent& content) const = 0;
  // Absolute, for messages.
  virtual std::string path_of(const EvidenceContent& content) const = 0;
};

// Whether repos lie below a place, so that they can be chosen; else it is one. One is also the directory of a
// repo in a cache of AI Studio or ModelScope, and what a download with local_dir made.
bool has_repos(const Place& place);

// Throws Error(not_found) when nothing is there, Error(usage) for `repos` of a place that is one.
std::unique_ptr<EvidenceReader> open_evidence(const Place& place, const EvidenceOptions& options);

// Lets `manifest`, or a listing of the hub, say what the files of a revision are: others become extra ones,
// and those that are not there missing.
void apply_manifest(const Manifest& manifest, EvidenceOrigin origin, EvidenceRevision& revision);

// Whether an LFS pointer is all that a content is. False for one that cannot be read.
bool is_pointer_text(const EvidenceReader& reader, const EvidenceContent& content);

// Contents by place, each inode once.
class EvidenceContents {
 public:
  explicit EvidenceContents(std::vector<EvidenceContent>& contents) : contents_(contents) {}
  std::size_t add(const std::string& place, const Status& status);
  // Nothing when it was not added.
  std::optional<std::size_t> find(const std::string& place) const;

 private:
  std::vector<EvidenceContent>& contents_;
  std::unordered_map<std::string, std::size_t> by_place_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> by_inode_;
};

}  // namespace modelcache
