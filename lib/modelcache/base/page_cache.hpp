// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reading files once without pushing out of the page cache what others need. Promise: what was in the cache
// before stays, as far as the kernel tells; where it does not tell, everything stays.

#include "modelcache/base/fd.hpp"

#include <array>
#include <cstdint>

namespace modelcache {

// Looks which parts of an open file are not in the page cache, a while before they are read, and lets go of
// those afterwards.
class ColdParts {
 public:
  // Call before anything is read.
  ColdParts(const Fd& file, std::uint64_t size);

  // The file is read up to `end`, and what lies before is not needed any more.
  void passed(const Fd& file, std::uint64_t end);

 private:
  void look_at(const Fd& file, std::uint64_t part);

  std::uint64_t size_ = 0;
  std::uint64_t next_ = 0;         // the part that is being read
  std::array<bool, 6> is_cold_{};  // that one, and those after it
};

}  // namespace modelcache
