// SPDX-License-Identifier: Apache-2.0
// Compiled for SHA-NI: see kernel.hpp for what must not be used in here.
#include "modelcache/base/sha256/kernel.hpp"

#include <immintrin.h>

namespace modelcache::sha256 {

namespace {

// The instructions take four cycles each but two may begin meanwhile, so several messages are worked on in
// turn.
struct Stream {
  __m128i abef;  // the state as the instructions want it
  __m128i cdgh;
  __m128i message[4];  // words t to t + 15 of the schedule, four in each, as a ring
};

template <std::size_t... indexes>
struct Indexes {};
using Lanes = Indexes<0, 1>;
using Quarters = Indexes<0, 1, 2, 3>;
using FirstSteps = Indexes<0, 1, 2, 3>;
using LaterSteps = Indexes<4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15>;

[[gnu::always_inline]] inline int word(const State& state, std::size_t index) {
  return static_cast<int>(state.words[index]);
}

[[gnu::always_inline]] inline void load(Stream& stream, const State& state) {
  stream.abef = _mm_set_epi32(word(state, 0), word(state, 1), word(state, 4), word(state, 5));
  stream.cdgh = _mm_set_epi32(word(state, 2), word(state, 3), word(state, 6), word(state, 7));
}

[[gnu::always_inline]] inline void store(const Stream& stream, State& state) {
  alignas(16) std::uint32_t feba[4];
  alignas(16) std::uint32_t hgdc[4];
  _mm_store_si128(reinterpret_cast<__m128i*>(feba), stream.abef);
  _mm_store_si128(reinterpret_cast<__m128i*>(hgdc), stream.cdgh);
  for (std::size_t i = 0; i < 2; ++i) {
    state.words[i] = feba[3 - i];
    state.words[4 + i] = feba[1 - i];
    state.words[2 + i] = hgdc[3 - i];
    state.words[6 + i] = hgdc[1 - i];
  }
}

template <std::size_t... quarter>
[[gnu::always_inline]] inline void load_block(Stream& stream, const std::byte* block, Indexes<quarter...>) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  ((stream.message[quarter] = _mm_shuffle_epi8(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * quarter)), big_endian)),
   ...);
}

[[gnu::always_inline]] inline __m128i constants(std::size_t step) {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(round_constants + 4 * step));
}

// Four rounds each: 6.2.2, step 3.
template <std::size_t step>
[[gnu::always_inline]] inline void four_rounds(Stream& stream) {
  const __m128i sum = _mm_add_epi32(stream.message[step % 4], constants(step));
  stream.cdgh = _mm_sha256rnds2_epu32(stream.cdgh, stream.abef, sum);
  stream.abef = _mm_sha256rnds2_epu32(stream.abef, stream.cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

// The next four words of the schedule: 6.2.2, step 1.
template <std::size_t step>
[[gnu::always_inline]] inline void schedule(Stream& stream) {
  const __m128i before = stream.message[(step + 3) % 4];
  const __m128i seven_back = _mm_alignr_epi8(before, stream.message[(step + 2) % 4], 4);
  const __m128i sum = _mm_add_epi32(
      _mm_sha256msg1_epu32(stream.message[step % 4], stream.message[(step + 1) % 4]), seven_back);
  stream.message[step % 4] = _mm_sha256msg2_epu32(sum, before);
}

template <std::size_t step, std::size_t... lane>
[[gnu::always_inline]] inline void advance(Stream* streams, Indexes<lane...>) {
  if constexpr (step >= 4) (schedule<step>(streams[lane]), ...);
  (four_rounds<step>(streams[lane]), ...);
}

template <std::size_t... step>
[[gnu::always_inline]] inline void all_rounds(Stream* streams, Indexes<step...>) {
  (advance<step>(streams, Lanes()), ...);
}

template <std::size_t... lane>
[[gnu::always_inline]] inline void compress(State* const* states, const std::byte* const* data,
                                            std::size_t blocks, Indexes<lane...>) {
  Stream streams[sizeof...(lane)];
  (load(streams[lane], *states[lane]), ...);
  for (std::size_t at = 0; at < blocks * block_size; at += block_size) {
    const __m128i abef[] = {streams[lane].abef...};
    const __m128i cdgh[] = {streams[lane].cdgh...};
    (load_block(streams[lane], data[lane] + at, Quarters()), ...);
    all_rounds(streams, FirstSteps());
    all_rounds(streams, LaterSteps());
    ((streams[lane].abef = _mm_add_epi32(streams[lane].abef, abef[lane])), ...);
    ((streams[lane].cdgh = _mm_add_epi32(streams[lane].cdgh, cdgh[lane])), ...);
  }
  (store(streams[lane], *states[lane]), ...);
}

}  // namespace

void compress_sha_ni(State* const* states, const std::byte* const* data, std::size_t blocks) {
  compress(states, data, blocks, Lanes());
}

}  // namespace modelcache::sha256
