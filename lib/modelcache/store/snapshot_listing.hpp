// SPDX-License-Identifier: Apache-2.0
#pragma once

// Between a Snapshot and the listing that the hub's clients keep of a commit. Promise: a listing is made only
// of a snapshot that knows all of it.

#include "modelcache/format/tree_listing.hpp"
#include "modelcache/model/snapshot.hpp"

#include <optional>

namespace modelcache {

// What trees/<commit>.json should say; nothing when the snapshot cannot say all of it.
std::optional<TreeListing> listing_of(const Snapshot& snapshot);
// The same files with the same contents; what only clients know (xet hashes) may be there or not.
bool agree(const TreeListing& one, const TreeListing& other);

Entry listed_entry(const ListedFile& file);
// What was found and what the listing says, as one sorted list: the listing is right about its files. Sets
// Snapshot::lists_all; the mode of an entry that was found stays.
void merge_listing(const std::optional<TreeListing>& listing, Snapshot& snapshot);

// The id of the git tree of those files that have a content, with the pointers that git-lfs writes for large
// ones whose own id nothing tells. It stands for a commit where there is none: equal files have an equal one.
std::string local_commit(const std::vector<Entry>& entries);

}  // namespace modelcache
