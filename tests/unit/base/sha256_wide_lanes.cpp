// SPDX-License-Identifier: Apache-2.0
// What AVX-512 runs, compiled for processors that have AVX2 only: each word of sixteen messages takes two
// registers.
#include "modelcache/base/sha256/kernel.hpp"

#if defined(__x86_64__)
#include "modelcache/base/sha256/vector_lanes.hpp"
#endif

namespace modelcache::test {

void compress_sixteen_lanes(sha256::State* const* states, const std::byte* const* data, std::size_t blocks);

void compress_sixteen_lanes(sha256::State* const* states, const std::byte* const* data, std::size_t blocks) {
#if defined(__x86_64__)
  sha256::VectorLanes<16>::compress(states, data, blocks);
#else
  for (std::size_t i = 0; i < 16; ++i) sha256::compress_openssl(states + i, data + i, blocks);
#endif
}

}  // namespace modelcache::test
