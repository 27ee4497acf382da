// SPDX-License-Identifier: Apache-2.0
#pragma once

// .cache/huggingface/modelcache.json of a plain directory: what of a cache entry the directory itself cannot
// show, so that it can be turned back into the same entry. Clients ignore it. Promise: what is read passed
// the rules of each of its values, or it is refused with the reason; it reads back as it was written.
//
//   {
//    "format_version": 1,
//    "repo_type": "model",
//    "repo_id": "org/name",
//    "commit": "<40 hex>",
//    "refs": ["main"],
//    "commit_object": "<base64>",      only where it is known
//    "modes": {"a/link": "120000"},    of all files that are not regular ones: few trees keep the bit itself
//    "known_absent": ["adapter.json"], files that the server said the commit does not have
//    "sha256sums": "<64 hex>"          of the file SHA256SUMS that we wrote beside the files
//   }

#include "modelcache/base/digest.hpp"
#include "modelcache/format/git_tree.hpp"
#include "modelcache/model/rel_path.hpp"
#include "modelcache/model/repo_id.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

inline constexpr std::size_t directory_record_limit = std::size_t{1} << 20;  // bytes of JSON

struct DirectoryRecord {
  RepoId repo;
  std::string commit;                        // 40 lower-case hex
  std::vector<std::string> refs;             // sorted, unique
  std::optional<std::string> commit_object;  // the raw object of git: it hashes to `commit`
  std::map<RelPath, FileMode> modes;
  std::optional<Digest> sha256sums = {};
  std::vector<RelPath> known_absent = {};  // sorted, unique

  friend bool operator==(const DirectoryRecord&, const DirectoryRecord&) = default;
};

struct ParsedDirectoryRecord {
  std::optional<DirectoryRecord> record;
  std::string reason;  // where there is none: why, with the key; may hold any bytes
};

// Unknown keys, any order of keys and any white space are fine; refs may be missing. Refused are another
// format_version, ids, refs, modes and paths that break their rules, a commit_object that does not hash to
// commit, and what read_json() refuses.
ParsedDirectoryRecord parse_directory_record(std::string_view json);

// Throws Error(refused) where it would not be read: a path is not UTF-8, or it is all too long;
// Error(internal) where commit_object does not hash to commit.
std::string write_directory_record(const DirectoryRecord& record);

}  // namespace modelcache
