// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a cache holds, as plain values: what cache-scan shows and what pruning decides by. Promise: made from
// names and sizes alone, no file content but refs, link texts and listings is read; a flawed repo is shown
// with its findings, never hidden.
//
// Sizes are bytes. `size` is what clients would read (each distinct file of the revision or repo once);
// `allocated` is what the file system gave for it (each inode once). Times are Unix seconds, 0 where nothing
// says.

#include "modelcache/base/digest.hpp"
#include "modelcache/model/finding.hpp"
#include "modelcache/model/repo_id.hpp"
#include "modelcache/store/locate.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

struct FileInventory {
  std::string path;  // relative to the snapshot
  std::uint64_t size = 0;
  std::string blob;  // absolute path of the first link hop, or of the file itself
  // As the content's name says, of a plain file as the listing of its commit says; nothing when none does.
  std::optional<Digest> digest;
  std::string below =
      {};  // the directory between the snapshot and `path`, where a layout has one (aistudio-sdk 0.2)
  std::string git_id = {};   // as an index of AI Studio's client says: of the file or of an LFS pointer to it
  bool is_unlisted = false;  // an index of all files does not name it
};

// What a client would miss.
struct LackingFile {
  std::string path;              // relative to the snapshot; empty: the reason tells of more than one file
  std::optional<Digest> digest;  // of what should be there, where anything says
  std::string reason;            // "leads to nothing", "is not here", "sub cannot be read"
  std::string git_id = {};       // as FileInventory::git_id

  std::string line() const;
};

struct RevisionInventory {
  std::string commit;             // the directory's name, whatever it is
  std::vector<std::string> refs;  // sorted
  std::string path;               // absolute
  std::uint64_t size = 0;         // of its distinct files
  std::uint64_t files = 0;        // entries
  std::int64_t last_modified = 0;
  std::optional<bool> complete;      // nothing: no listing says
  std::vector<FileInventory> list;   // only with Detail::files, sorted by path
  std::vector<LackingFile> lacking;  // only with Detail::files

  std::string path_of(const FileInventory& file) const;  // absolute
};

struct RepoInventory {
  RepoType type = RepoType::model;
  std::string id;          // as the folder says, not validated
  std::string path;        // absolute
  std::uint64_t size = 0;  // of its distinct files that a revision names: what the client's own scanner says
  std::uint64_t allocated = 0;
  std::uint64_t files = 0;                   // distinct files that a revision names
  std::vector<RevisionInventory> revisions;  // sorted by commit
  std::vector<std::string> refs;             // sorted, also those that name nothing here
  std::int64_t last_accessed = 0;
  std::int64_t last_modified = 0;
  std::uint64_t reclaimable = 0;  // orphans, dead partial downloads, files only detached revisions name
  std::vector<Finding> findings;
};

// What a user means by `revision`: a ref, the name of a revision's directory, or an unambiguous prefix of at
// least 7 characters; a whole commit id is never taken for a ref. Null when it is not here; throws
// Error(usage) when a prefix fits several.
const RevisionInventory* find_revision(const RepoInventory& repo, std::string_view revision);

// A neighbour of the hub cache below the same home: its size only.
struct SectionInventory {
  std::string name;  // "assets", "xet", "datasets", "modules"
  std::string path;
  std::uint64_t size = 0;
  std::uint64_t allocated = 0;
  std::uint64_t files = 0;
};

struct CacheInventory {
  Layout layout = Layout::hf;
  std::string path;
  std::uint64_t size = 0;  // physical: each shared payload, hard-linked inode and unreferenced payload once
  std::uint64_t allocated = 0;
  std::uint64_t reclaimable = 0;
  std::uint64_t repos = 0;
  std::vector<Finding> findings;  // about the root itself: stray entries, an unowned shared store
  std::vector<SectionInventory> sections;
};

enum class Detail { revisions, files };

// The answer of huggingface_hub's try_to_load_from_cache.
struct Lookup {
  enum class Answer { found, known_absent, not_cached };
  Answer answer = Answer::not_cached;
  std::string path;  // absolute, when found
};

// One cache, readable repo by repo and from several threads at once.
class Inventory {
 public:
  virtual ~Inventory() = default;

  // Folder names of all repos, sorted, and findings about everything else at the root.
  virtual std::vector<std::string> folders(std::vector<Finding>& findings) = 0;
  // Thread-safe. Problems become findings; nothing when the folder vanished.
  virtual std::optional<RepoInventory> read(const std::string& folder, Detail detail) = 0;
  // What the client answers offline for one file; `revision` is a ref or a commit, nothing: its default.
  // Throws Error(usage) for a file name that the client refuses ("..", absolute).
  virtual Lookup look_up(const std::string& folder, const std::optional<std::string>& revision,
                         std::string_view file) = 0;
  // The folder in which the client looks for this repo; nothing where it would find none.
  virtual std::optional<std::string> find_folder(const RepoId& repo) = 0;
  // What the client takes offline for `revision`, or when none is asked for; null when it is not here. Throws
  // Error(usage) when a prefix fits several.
  virtual const RevisionInventory* choose_revision(const RepoInventory& repo,
                                                   const std::optional<std::string>& revision) const = 0;
  // After all reads: what belongs to no single repo (shared payloads, the neighbours) and the cache's totals.
  virtual CacheInventory totals() = 0;
};

// Throws Error(not_found) when nothing is there, Error(usage) for a layout that has no inventory yet.
std::unique_ptr<Inventory> open_inventory(const Place& place);

}  // namespace modelcache
