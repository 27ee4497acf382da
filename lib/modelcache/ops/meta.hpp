// SPDX-License-Identifier: Apache-2.0
#pragma once

// The side files of a directory of AI Studio's or ModelScope's client, compared with its files and written
// anew. Promise: an entry is written only for a file whose bytes were hashed and are what the entry says;
// with the server's ids, only for a file that the server has in this very form.

#include "modelcache/base/digest.hpp"
#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/format/msc_index.hpp"
#include "modelcache/model/finding.hpp"
#include "modelcache/model/rel_path.hpp"
#include "modelcache/model/repo_id.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

// The bytes of a side file, as they are.
struct SideFile {
  std::string name;   // ".mdl", ".msc" or ".mv"
  std::string bytes;  // empty where they cannot be had
  std::string flaw;   // why they cannot; empty when they can
};
// Those that are there, in this order. Throws Error(not_found) when there is no such directory.
std::vector<SideFile> read_side_files(const std::string& directory);

// How files are read.
struct MetaReading {
  unsigned jobs = 1;                               // files at a time
  const std::atomic<bool>* cancelled = nullptr;    // true: Error(io) soon
  std::function<void(std::uint64_t)> expecting;    // bytes that will be read; each may be empty
  std::function<void(std::string_view)> starting;  // from any thread
  std::function<void(std::uint64_t)> progress;     // bytes since the last call, from any thread
};

struct MetaCheck {
  std::optional<MscFlavour> flavour;  // whose client keeps it; nothing: nothing tells
  std::uint64_t entries = 0;
  std::uint64_t matched = 0;
  std::uint64_t missing = 0;
  std::uint64_t unmatched = 0;     // other bytes than the entry says
  std::uint64_t unverifiable = 0;  // there, and nothing tells what it should be
  std::uint64_t extra = 0;         // files without an entry
  std::uint64_t bytes_hashed = 0;
  std::vector<Finding> findings;
  std::vector<std::string> unsafe;  // a sentence for each side file that would run code; empty: none
};

// Reads the files of an AI Studio directory; of ModelScope's only whether they are there, since its index
// tells commits. Throws Error(not_found) when the directory has no side file at all.
MetaCheck check_meta(const std::string& directory, const MetaReading& reading);

// Answers the server's id of each file of the repo, nothing for what is no regular file.
using MetaServer = std::function<std::map<RelPath, std::optional<Digest>>(const RepoId&)>;
// AI Studio's, as net/studio_contents.hpp finds it. `revision` is a branch, tag or commit, empty for the
// default branch; `time` is for each answer, all attempts at it included.
MetaServer studio_server(std::string revision, std::chrono::milliseconds time,
                         const std::atomic<bool>* cancelled);

struct MetaRebuild {
  std::string directory;
  std::optional<RepoId> repo;         // nothing: as .mdl says
  std::optional<std::string> commit;  // for .mv; nothing: .mv stays as it is
  // Patterns of large files; nothing: as the present entry proves, else .gitattributes, else by size.
  std::optional<std::vector<std::string>> large;
  PointerNewline newline = PointerNewline::automatic;
  MetaServer ask_server;  // before any file is read; empty: nobody is asked
  bool is_dry = false;
  bool allow_foreign_owner = false;
  std::chrono::milliseconds wait{10'000};
  MetaReading reading;
};

struct MetaChange {
  enum class Kind { added, changed, removed };

  std::string path;  // as in the index
  Kind kind = Kind::added;
  std::string revision;  // of the entry that is or was written; of a removed one as it was
};
std::string_view to_string(MetaChange::Kind kind);  // "added"

struct MetaRebuilt {
  std::optional<RepoId> repo;
  std::uint64_t entries = 0;
  std::vector<MetaChange> changes;   // sorted by path
  std::vector<std::string> written;  // the side files that are, or would be, written
  std::vector<std::string> notes;    // how ids were chosen; one sentence each
  std::vector<Finding> findings;     // what was left out, and why
};

// Throws Error(usage) when no repo is told, Error(refused) for a directory of ModelScope's and of a stranger,
// Error(busy) while an aistudio-sdk is at work in it, and what `ask_server` throws; then nothing is written.
MetaRebuilt rebuild_meta(const MetaRebuild& request);

}  // namespace modelcache
