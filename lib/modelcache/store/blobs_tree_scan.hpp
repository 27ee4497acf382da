// SPDX-License-Identifier: Apache-2.0
#pragma once

// Takes stock of a repo as aistudio-sdk 0.1 - 0.2 keeps it. Promise: as RepoStock; a link is judged by its
// text.
//
//   models/<name>/blobs/<40 hex>                                  named by git's id of the file, or of its
//   LFS pointer models/<name>/snapshots/<revision>/<last commit>/<path>       an absolute link to a blob
//
// A revision is snapshots/<revision>; of a path below several commits the link that is the newest counts. The
// client makes links anew whenever it is asked, and takes any blob that is there for good: also after the
// tree was moved, so a link that leads to this blob elsewhere counts as one to it.

#include "modelcache/store/repo_stock.hpp"

#include <optional>

namespace modelcache {

// Nothing when the folder vanished.
std::optional<ScannedRepo> scan_blobs_tree(const TreeScanContext& context, const TreeRepo& tree,
                                           Detail detail);

}  // namespace modelcache
