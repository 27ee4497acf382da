// SPDX-License-Identifier: Apache-2.0
// Compiled for AVX2: see kernel.hpp for what must not be used in here.
#include "modelcache/base/sha256/vector_lanes.hpp"

namespace modelcache::sha256 {

void compress_avx2(State* const* states, const std::byte* const* data, std::size_t blocks) {
  VectorLanes<avx2_lanes>::compress(states, data, blocks);
}

}  // namespace modelcache::sha256
