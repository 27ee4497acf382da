// SPDX-License-Identifier: Apache-2.0
#pragma once

// What one revision in a tree of AI Studio or ModelScope consists of. Promise: made of names, sizes and the
// index alone; no link is followed, and a path that would leave the repo refuses the whole of it.

#include "modelcache/base/dir.hpp"
#include "modelcache/model/finding.hpp"
#include "modelcache/model/rel_path.hpp"
#include "modelcache/store/tree_repos.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

struct TreeFile {
  Status status;
  std::string location;     // relative to the root
  std::string git_id;       // as the index or a blob's name says, in full or its beginning; empty: not told
  std::string last_commit;  // 40 hex where the index tells it, else empty
  std::string flaw;         // why the content cannot be had; empty when it can
};

struct TreeRevision {
  std::string handle;              // what it is called here: its commit, or a name
  std::string commit;              // 40 hex; empty where only the contents tell it
  std::vector<std::string> names;  // sorted
  std::map<RelPath, TreeFile> files;
  std::vector<Finding> findings;  // without the repo
};

// All revisions of the repo, sorted by handle. Throws Error(refused) when its index cannot be read or is
// unsafe; the message names opcode and offset.
std::vector<TreeRevision> read_tree_repo(const Dir& root, Layout layout, const TreeRepo& repo);

}  // namespace modelcache
