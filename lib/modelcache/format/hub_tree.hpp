// SPDX-License-Identifier: Apache-2.0
#pragma once

// A page of the hub's tree API, an array of {type, path, oid, size, lfs: {oid, size}, xetHash}: what a server
// says that a commit holds. Promise: paths in it are safe, ids well-formed; pages that could not be of one
// git tree make no listing, but a reason.

#include "modelcache/format/tree_listing.hpp"
#include "modelcache/model/rel_path.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

// In the order of the text; nothing is compared yet.
struct HubTree {
  std::vector<ListedFile> files;
  std::vector<RelPath> others;  // directories, and what is neither

  std::size_t entries() const { return files.size() + others.size(); }
};

struct ParsedHubTree {
  std::optional<HubTree> tree;
  std::string reason;  // where there is no tree: why; may hold any bytes
};

// Other keys, and any order, are fine. Refused are: more than tree_listing_limit bytes or `most_entries`,
// what read_json() refuses, unknown types ("unknown" itself is known: a submodule has it), unsafe paths,
// sizes that are no unsigned integers up to 2^63-1, ids that are none, and a size of a large file that is not
// its LFS object's. A xetHash that is masked counts as none.
ParsedHubTree parse_hub_tree(std::string_view json, std::size_t most_entries = 1'000'000);

// The files of all pages. Refused are a path that is there twice, and a file that is also a directory.
ParsedTreeListing to_tree_listing(HubTree tree);

}  // namespace modelcache
