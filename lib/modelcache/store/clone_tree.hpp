// SPDX-License-Identifier: Apache-2.0
#pragma once

// A snapshot as the tree and the commit that git has of it. Promise: the ids are those that git gives to
// these files, large ones as the pointers that git-lfs writes; a commit is taken for the snapshot's own only
// when its tree is this one.

#include "modelcache/format/git_tree.hpp"
#include "modelcache/store/store.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace modelcache {

struct CloneFile {
  const Entry* entry;
  FileMode mode;
  Digest oid;
  std::string pointer;  // of a large file, else empty
  bool has_content;     // whether the content is there; always so without a pointer
};

struct CloneTree {
  std::vector<CloneFile> files;         // sorted by path
  std::vector<const Entry*> left_out;   // git needs their contents, which are not there
  std::vector<const Entry*> rewritten;  // their pointers are known to be other than the one written here
  Digest id;
};
// Calls `each` with every tree object. The result views `publication`.
CloneTree clone_tree(const Publication& publication, const EachGitTree& each = {});

struct CloneCommit {
  std::string object;
  std::string id;
  bool is_exact = false;     // the snapshot's own; else one without parents that stands for it
  bool has_parents = false;  // which the clone does not have
};
CloneCommit clone_commit(const Snapshot& snapshot, const CloneTree& tree);

}  // namespace modelcache
