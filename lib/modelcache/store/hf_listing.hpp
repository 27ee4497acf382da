// SPDX-License-Identifier: Apache-2.0
#pragma once

// The listing that clients keep of a commit: REPO/trees/<commit>.json. Promise: one that cannot be used is as
// good as none; the inventory tells why.

#include "modelcache/base/dir.hpp"
#include "modelcache/format/tree_listing.hpp"

#include <optional>
#include <string_view>

namespace modelcache {

// `repo` is the repo's folder in a hub cache. Throws Error(io) for a disk that fails.
std::optional<TreeListing> find_listing(const Dir& repo, std::string_view commit);

}  // namespace modelcache
