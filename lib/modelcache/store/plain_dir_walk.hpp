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

// Those of `paths` that are there under exactly this name, which a file system that folds names may show
// under another one; sorted. Of other files only names are read, and only beside these.
std::vector<FoundFile> find_files(const Dir& directory, const std::vector<RelPath>& paths);

// The same; throws Error(refused) when one of them, all of which were written, does not show under its name:
// a file system that folds names took it for another one.
std::vector<FoundFile> require_shown(const Dir& directory, const std::vector<RelPath>& paths);

// Null when nothing of this path was found.
const FoundFile* find_file(const std::vector<FoundFile>& found, const RelPath& path);

// Whether a file of this path would be taken for one of git's or the clients' own, by git in capitals too.
bool is_reserved(const RelPath& path);

}  // namespace modelcache
