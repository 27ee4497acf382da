// SPDX-License-Identifier: Apache-2.0
#pragma once

// Frees what was moved out of a tree of AI Studio or ModelScope. Promise: a file goes only while it is the
// one that was looked at, after the index stopped naming it, and never while its client has it locked.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/store.hpp"
#include "modelcache/store/tree_repos.hpp"
#include "modelcache/store/tree_revision.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace modelcache {

class TreeRemoval {
 public:
  // All outlive this object.
  TreeRemoval(const Dir& root, Layout layout, const TreeRepo& place, const RepoId& repo)
      : root_(root), layout_(layout), place_(place), repo_(repo) {}

  // `files`, sorted, may go of this revision.
  void add(const TreeRevision& revision, const std::vector<RelPath>& files) {
    chosen_.emplace_back(&revision, &files);
  }

  // Throws Error(busy) after `wait`.
  Freed run(std::chrono::milliseconds wait);

 private:
  void remove_files(const TreeRevision& revision, const std::vector<RelPath>& files);
  void remove_file(const TreeFile& file);
  void tidy_folder(const TreeRevision& revision);

  const Dir& root_;
  Layout layout_;
  const TreeRepo& place_;
  const RepoId& repo_;
  std::vector<std::pair<const TreeRevision*, const std::vector<RelPath>*>> chosen_;
  Freed freed_;
};

}  // namespace modelcache
