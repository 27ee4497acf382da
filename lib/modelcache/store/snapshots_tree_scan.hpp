// SPDX-License-Identifier: Apache-2.0
#pragma once

// Takes stock of a repo as modelscope >= 1.38 keeps it. Promise: as RepoStock.
//
//   <owner>--<name>/snapshots/<revision>/<path>      plain files, no index and no hash of any
//
// A revision is a directory of the first level. One whose name has a "/" shows as its first part, with the
// rest in front of its files' paths: nothing on disk tells where such a name ends, and the client's own scan
// does so too.

#include "modelcache/store/repo_stock.hpp"

#include <optional>

namespace modelcache {

// Nothing when the folder vanished.
std::optional<ScannedRepo> scan_snapshots_tree(const TreeScanContext& context, const TreeRepo& tree,
                                               Detail detail);

}  // namespace modelcache
