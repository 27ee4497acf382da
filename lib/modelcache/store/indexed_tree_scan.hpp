// SPDX-License-Identifier: Apache-2.0
#pragma once

// Takes stock of a repo as aistudio-sdk 0.3 and modelscope <= 1.37 keep it. Promise: as RepoStock; an index
// is read as data, whatever it says, and names nothing that is opened.
//
//   <owner>/<name>/<path>   plain files, or links to some
//                  .msc     the index: a pickled list of {Path, Revision}
//                  .mdl     the repo's id, pickled
//                  .mv      the revision
//
// There is one revision, and it is what .mv says. Files that the index does not name count too: other
// releases of the client look at files only.

#include "modelcache/store/repo_stock.hpp"

#include <optional>

namespace modelcache {

// Nothing when the folder vanished.
std::optional<ScannedRepo> scan_indexed_tree(const TreeScanContext& context, const TreeRepo& tree,
                                             Detail detail);

}  // namespace modelcache
