// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/sha256/message.hpp"

#include <algorithm>
#include <array>

namespace modelcache::sha256 {

State initial_state() {
  return {{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

std::size_t pad(std::byte* end, std::uint64_t size) {
  const std::size_t used = size % block_size;
  const std::size_t count = (used + 8 < block_size ? block_size : 2 * block_size) - used;
  *end = std::byte{0x80};
  std::fill(end + 1, end + count - 8, std::byte{0});
  const std::uint64_t bits = size * 8;
  for (std::size_t i = 1; i <= 8; ++i) end[count - i] = static_cast<std::byte>(bits >> (8 * (i - 1)));
  return count;
}

Digest digest_of(const State& state) {
  std::array<unsigned char, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<unsigned char>(state.words[i / 4] >> (24 - 8 * (i % 4)));
  return Digest::from_bytes(HashKind::sha256, bytes);
}

}  // namespace modelcache::sha256
