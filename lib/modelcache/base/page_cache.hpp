// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reading files once without pushing out of the page cache what others need. Promise: what was in the cache
// before stays, as far as the kernel tells; where it does not tell, everything stays.

#include "modelcache/base/fd.hpp"

#include <cstdint>
#include <vector>

namespace modelcache {

// Looks which parts of an open file are not in the page cache, and lets go of those once they are read.
class ColdParts {
 public:
  ColdParts() = default;
  // Call before anything is read.
  ColdParts(const Fd& file, std::uint64_t size);

  // The file is read up to `end`, and what lies before is not needed any more.
  void passed(const Fd& file, std::uint64_t end);

 private:
  std::uint64_t size_ = 0;
  std::vector<bool> is_cold_;  // one for each part
  std::size_t next_ = 0;
};

}  // namespace modelcache
