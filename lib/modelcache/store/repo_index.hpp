// SPDX-License-Identifier: Apache-2.0
#pragma once

// The index of an indexed repo and its companions, read for a scan. Promise: read as data and within their
// limits; what cannot be used is a finding, and a repo without an index is one all the same.

#include "modelcache/format/msc_index.hpp"
#include "modelcache/store/repo_stock.hpp"

#include <optional>
#include <string>
#include <vector>

namespace modelcache {

struct RepoIndex {
  std::optional<std::string> revision;           // of .mv
  std::optional<std::vector<MscEntry>> entries;  // nothing: no index that can be read
};

// `folder` is the repo's.
RepoIndex read_repo_index(const Dir& folder, RepoStock& stock);

}  // namespace modelcache
