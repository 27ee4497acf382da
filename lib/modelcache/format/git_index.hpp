// SPDX-License-Identifier: Apache-2.0
#pragma once

// The file .git/index: what git knows of each file of the worktree. Promise: with the numbers that lstat(2)
// gives, git takes each file for unchanged without opening it.

#include "modelcache/base/digest.hpp"
#include "modelcache/base/dir.hpp"
#include "modelcache/model/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace modelcache {

struct GitIndexEntry {
  RelPath path;
  FileMode mode = FileMode::regular;
  Digest oid;  // in the tree: of the pointer for a large file
  std::optional<Status>
      status;  // of the file in the worktree; nothing: it is not to be there (skip-worktree)
};

// Version 2, or 3 where a file is not to be there. Precondition: sorted by path bytes, no path twice.
std::string write_git_index(const std::vector<GitIndexEntry>& entries);

}  // namespace modelcache
