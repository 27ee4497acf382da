// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of a place's files that one of several runs verifies. Promise: the parts of all runs are disjoint
// and hold every file; which they are depends on the files alone, not on where the place lies, nor on times,
// threads or the order in which anything was read; none has more bytes than the mean and the largest content.

#include "modelcache/base/digest.hpp"
#include "modelcache/store/evidence.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

struct Shard {
  std::uint64_t number = 1;  // from 1
  std::uint64_t count = 1;

  std::string text() const;  // "2/4"

  friend bool operator==(const Shard&, const Shard&) = default;
};

inline constexpr std::uint64_t most_shards = 1'000'000;

// K/N of the command line, 1 <= K <= N <= most_shards. Throws Error(usage).
Shard parse_shard(std::string_view text);

// By type, repo, commit and path, whatever order they came in; contents of a store behind the revisions.
void put_in_order(Evidence& evidence);

// Both of evidence that is in order, and with one element, or one part of what is hashed, for each file in
// that order.
//
// The number of the shard that each file belongs to. A content is in one shard, with all its names.
std::vector<std::uint64_t> deal_out(const Evidence& evidence, std::uint64_t shards);
// Equal where the same files are listed: type, repo, commit, path, size, what is expected, state, and which
// of them are one content.
Digest listing_digest(const Evidence& evidence);

// What deal_out() takes a file to cost, in bytes, beside its content: opening one on a network file system.
inline constexpr std::uint64_t cost_of_file = std::uint64_t{256} << 10;

}  // namespace modelcache
