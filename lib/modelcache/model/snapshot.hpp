// SPDX-License-Identifier: Apache-2.0
#pragma once

// One revision of a repo as a value: what every layout is read into and written from. Promise: entries are
// sorted by path bytes, paths are unique and none is the directory of another.

#include "modelcache/base/digest.hpp"
#include "modelcache/model/finding.hpp"
#include "modelcache/model/rel_path.hpp"
#include "modelcache/model/repo_id.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace modelcache {

// What git keeps of a file's mode. link: the content is the target's text, and every layout but a clone keeps
// it as a small file, as the hub serves it.
enum class FileMode { regular, executable, link };

struct Entry {
  RelPath path;
  std::uint64_t size = 0;  // bytes of the real content, not of a pointer
  std::optional<Digest>
      content;  // sha256: a large file; git_sha1: a regular one; nothing: not known without hashing
  std::optional<Digest>
      git_oid;           // the id in the git tree: of the pointer for a large file, else equal to content
  std::string xet_hash;  // 64 hex where a client recorded it, else empty
  FileMode mode = FileMode::regular;
  // The latest commit that changed the file, 40 hex where the source tells it, else empty.
  std::string last_commit = {};
  // The source knows from a listing that the commit has it, and never had more of it than that.
  bool is_only_listed = false;

  friend bool operator==(const Entry&, const Entry&) = default;
};

struct Snapshot {
  RepoId repo;
  std::string commit;  // 40 lower-case hex where the layout knows commits
  std::vector<std::string>
      refs;  // names as the hub's clients write them: "main", "v1.0", "refs/pr/1"; sorted
  std::vector<Entry> entries;
  // Whether entries are all files of the commit. false: some are unknown, so no listing may be written from
  // this.
  bool lists_all = false;
  std::vector<Finding> findings;  // what was odd while reading
  // The git object of the commit, whose id is `commit`; empty where the source does not keep it.
  std::string commit_object = {};
  // Files that the server said this commit does not have; sorted.
  std::vector<RelPath> known_absent = {};

  const Entry* find(std::string_view path) const;  // by path bytes; null when absent

  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

bool is_commit_id(std::string_view text);  // 40 lower-case hexadecimal digits

}  // namespace modelcache
