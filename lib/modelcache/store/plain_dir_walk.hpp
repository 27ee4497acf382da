// SPDX-License-Identifier: Apache-2.0
#pragma once

// All files of a plain directory. Promise: no content is read, no link is followed; what clients and git keep
// beside the files (.cache/huggingface, .git) is no part of it.

#include "modelcache/base/dir.hpp"
#include "modelcache/model/rel_path.hpp"

#include <vector>

namespace modelcache {

struct FoundFile {
  RelPath path;
  Status status;  // of a file, or of a link or device, which no store has a form for
};

// Sorted by path. What vanishes meanwhile is left out. Throws Error(refused) for a path that is too long.
std::vector<FoundFile> walk_files(const Dir& directory);

// Whether a file of this path would be taken for one of git's or the clients' own, by git in capitals too.
bool is_reserved(const RelPath& path);

}  // namespace modelcache
