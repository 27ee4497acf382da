// SPDX-License-Identifier: Apache-2.0
// Compiled for AVX-512: see kernel.hpp for what must not be used in here.
#include "modelcache/base/sha256/vector_lanes.hpp"

namespace modelcache::sha256 {

void compress_avx512(State* const* states, const std::byte* const* data, std::size_t blocks) {
  VectorLanes<avx512_lanes>::compress(states, data, blocks);
}

}  // namespace modelcache::sha256
