// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every scan of a cache needs, whatever its layout. Promise: nothing but names and sizes is looked at.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/inventory.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace modelcache {

// Files that operating systems leave everywhere; the clients skip them too.
bool is_system_file(std::string_view name);
// `name` below `parent`; either may be empty.
std::string join_path(std::string_view parent, std::string_view name);

// Inodes with more than one name, counted once in a whole cache. Thread-safe.
class SeenInodes {
 public:
  SeenInodes();
  ~SeenInodes();
  // True the first time.
  bool add(const Status& status);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A repo and what it adds to the cache's totals.
struct ScannedRepo {
  RepoInventory repo;
  std::uint64_t physical = 0;  // bytes of distinct inodes behind its revisions' files that no repo before had
};

// Adds the sizes of all files below a directory; what cannot be read counts nothing.
void measure(const Dir& top, SectionInventory& section);

}  // namespace modelcache
