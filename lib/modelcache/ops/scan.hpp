// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is there, how big, and what is shared. Promise: nothing is written, no file content is read (but by
// find_content, where no name and no listing says what a file is), and a tree that changes meanwhile gives
// findings, not failures.

#include "modelcache/store/inventory.hpp"
#include "modelcache/store/locate.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

struct ScanRequest {
  std::vector<Place> places;
  Detail detail = Detail::revisions;
  unsigned jobs = 1;  // threads
};

struct CacheScan {
  CacheInventory cache;
  std::vector<RepoInventory> repos;  // sorted by folder name
};

// Throws Error(not_found) for a place that is not there. Locks: none.
std::vector<CacheScan> scan(const ScanRequest& request);

// Whether every file of a revision can be loaded offline. Without a listing of the commit: whether all that
// is linked is there.
struct Readiness {
  bool ready = false;
  std::string commit;                // empty when the cache does not have the revision
  std::string path;                  // of the snapshot, absolute
  std::vector<std::string> lacking;  // one line each, what is missing
};
// `revision` as REPO@REV of the command line; "main" when none is given. Throws Error(not_found) when there
// is no cache at all, Error(usage) for an ambiguous prefix.
Readiness check_ready(const Place& place, const RepoRevision& wanted);

// As Inventory::look_up, for a repo that may not be there at all.
// Throws Error(usage) for a file name that the client refuses ("..", absolute).
Lookup look_up(const Place& place, const RepoRevision& wanted, std::string_view file);

// Where the bytes of a file, or of a hash, are cached.
struct ContentMatch {
  std::string repo;  // "model/org/name"
  std::string commit;
  FileInventory file;
};
// `wanted` is a sha256 or git-sha1 in hexadecimal, or the path of a file: one inside the cache is found by
// its place, any other by the hash of its content (links to it are followed).
std::vector<ContentMatch> find_content(const std::vector<Place>& places, std::string_view wanted,
                                       unsigned jobs);

}  // namespace modelcache
