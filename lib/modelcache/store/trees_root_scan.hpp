// SPDX-License-Identifier: Apache-2.0
#pragma once

// What lies in an AI Studio or ModelScope root and belongs to no repo that is there. Promise: as Inventory;
// .auth, credentials and what else holds secrets is not opened.

#include "modelcache/store/repo_stock.hpp"

#include <cstdint>
#include <vector>

namespace modelcache {

struct RootFindings {
  std::vector<Finding> findings;
  std::uint64_t allocated = 0;  // by downloads of repos that are not there
  std::uint64_t reclaimable = 0;
};

RootFindings scan_trees_root(const TreeScanContext& context, const TreeRepos& found);

}  // namespace modelcache
