// SPDX-License-Identifier: Apache-2.0
#pragma once

// Hashes contents of a place, for who verifies it and for who looks there for good ones. Promise: each
// content is read once for each hash that is asked of it, and what others keep in the page cache stays there.

#include "modelcache/base/hash_engine.hpp"
#include "modelcache/store/evidence.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace modelcache {

struct EvidenceHashing {
  unsigned jobs = 1;
  const std::atomic<bool>* cancelled = nullptr;
  std::optional<std::chrono::steady_clock::time_point> deadline = {};
  std::function<void(std::uint64_t)> expecting = {};    // bytes to be read
  std::function<void(std::string_view)> starting = {};  // a path, from any thread
  std::function<void(std::uint64_t)> progress = {};     // bytes since the last call, from any thread
};

// A content by its number, and which hash of it.
using WantedHash = std::pair<std::size_t, HashKind>;

// `wanted` may be in any order and name a hash twice. `done` is told the number of the content, once for each
// hash, one call at a time, from any thread; a content that is gone is ENOENT. Throws what hash_files() does.
void hash_contents(const EvidenceReader& reader, const std::vector<EvidenceContent>& contents,
                   std::vector<WantedHash> wanted, const EvidenceHashing& how,
                   const std::function<void(std::size_t, const HashOutcome&)>& done);

}  // namespace modelcache
