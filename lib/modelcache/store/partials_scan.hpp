// SPDX-License-Identifier: Apache-2.0
#pragma once

// Takes stock of a directory in which aistudio-sdk 0.3 or modelscope <= 1.37 keep what is on its way.
// Promise: as RepoStock; a partial download whose writer is at work is not called reclaimable.

#include "modelcache/store/repo_stock.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// The directory beside the owners', and in a download with local_dir beside the files.
std::string_view partials_name(Layout layout);  // "._tmp"

// The size of a file of the repo that the client takes for cached; nothing for any other.
using CachedSize = std::function<std::optional<std::uint64_t>(const std::string& path)>;

// `place` names the directory as its folder, relative to the root, and the repo. Findings and space only;
// nothing where there is no such directory.
RepoInventory scan_partials(const TreeScanContext& context, const TreeRepo& place, const CachedSize& cached);

// The client's own root, relative to `root`, of an indexed repo's folder or of a directory of partials.
std::string client_base(std::string_view directory_of_owners);

}  // namespace modelcache
