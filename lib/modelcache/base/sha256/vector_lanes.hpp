// SPDX-License-Identifier: Apache-2.0
#pragma once

// SHA-256 of as many messages as a vector has 32-bit lanes, written once for every width. Promise: what it
// computes does not depend on the instruction set, so a width that one processor lacks is proved on another.
//
// Each file that includes this compiles it for a processor of its own: see kernel.hpp.

#include "modelcache/base/sha256/kernel.hpp"

#include <cstring>

namespace modelcache::sha256 {

// Unnamed, so that no two files share what is compiled for one of them.
namespace {

template <std::size_t... indexes>
struct Indexes {};
template <std::size_t count, std::size_t... indexes>
struct Count : Count<count - 1, count - 1, indexes...> {};
template <std::size_t... indexes>
struct Count<0, indexes...> {
  using Type = Indexes<indexes...>;
};
template <std::size_t count>
using UpTo = typename Count<count>::Type;

template <std::size_t bytes>
struct Vectors {
  typedef std::uint32_t Words __attribute__((vector_size(bytes)));
  typedef std::uint8_t Bytes __attribute__((vector_size(bytes)));
};

template <std::size_t lanes>
class VectorLanes {
  using Words = typename Vectors<4 * lanes>::Words;
  using Bytes = typename Vectors<4 * lanes>::Bytes;
  static constexpr std::size_t parts = lanes / 4;  // of 16 bytes, within which shuffles are cheap

 public:
  static void compress(State* const* states, const std::byte* const* data, std::size_t blocks) {
    Words state[8];
    load(state, states);
    for (std::size_t at = 0; at < blocks * block_size; at += block_size) {
      Words message[16];
      load_block(message, data, at);
      Words next[8];
      for (std::size_t i = 0; i < 8; ++i) next[i] = state[i];
      rounds<false>(next, message, 0, UpTo<16>());
      for (std::size_t t = 16; t < 64; t += 16) rounds<true>(next, message, t, UpTo<16>());
      for (std::size_t i = 0; i < 8; ++i) state[i] += next[i];
    }
    store(state, states);
  }

 private:
  static void load(Words (&state)[8], State* const* states) {
    for (std::size_t i = 0; i < 8; ++i) {
      std::uint32_t words[lanes];
      for (std::size_t lane = 0; lane < lanes; ++lane) words[lane] = states[order(lane)]->words[i];
      std::memcpy(&state[i], words, sizeof words);
    }
  }

  static void store(const Words (&state)[8], State* const* states) {
    for (std::size_t i = 0; i < 8; ++i) {
      std::uint32_t words[lanes];
      std::memcpy(words, &state[i], sizeof words);
      for (std::size_t lane = 0; lane < lanes; ++lane) states[order(lane)]->words[i] = words[lane];
    }
  }

  // Which message is in a lane: part p holds messages p, p + parts, ... as load_block() transposes them.
  static constexpr std::size_t order(std::size_t lane) { return lane / 4 + lane % 4 * parts; }

  template <typename Vector>
  [[gnu::always_inline]] static void load_parts(Vector& vector, const std::byte* const* data,
                                                std::size_t at) {
    if constexpr (sizeof(Vector) == 16) {
      std::memcpy(&vector, data[0] + at, 16);
    } else {
      typename Vectors<sizeof(Vector) / 2>::Words low;
      typename Vectors<sizeof(Vector) / 2>::Words high;
      load_parts(low, data, at);
      load_parts(high, data + sizeof(Vector) / 32, at);
      join(vector, low, high, UpTo<sizeof(Vector) / 4>());
    }
  }

  template <typename Vector, typename Half, std::size_t... i>
  [[gnu::always_inline]] static void join(Vector& vector, const Half& low, const Half& high, Indexes<i...>) {
    vector = __builtin_shufflevector(low, high, i...);
  }

  template <std::size_t... i>
  [[gnu::always_inline]] static void to_host_order(Words& words, Indexes<i...>) {
    const auto bytes = reinterpret_cast<Bytes>(words);
    words = reinterpret_cast<Words>(__builtin_shufflevector(bytes, bytes, (i ^ 3)...));
  }

  // The first, or the last, two words of each part of `a` and of `b` in turn.
  template <std::size_t from, std::size_t... i>
  [[gnu::always_inline]] static Words interleaved(const Words& a, const Words& b, Indexes<i...>) {
    return __builtin_shufflevector(a, b, (i % 2 * lanes + i / 4 * 4 + from + i % 4 / 2)...);
  }

  // Words t of all messages into message[t], for all t.
  [[gnu::always_inline]] static void load_block(Words (&message)[16], const std::byte* const* data,
                                                std::size_t at) {
    for (std::size_t quarter = 0; quarter < 4; ++quarter) {
      Words row[4];
      for (std::size_t i = 0; i < 4; ++i) {
        load_parts(row[i], data + i * parts, at + 16 * quarter);
        to_host_order(row[i], UpTo<4 * lanes>());
      }
      constexpr UpTo<lanes> all;
      const Words even_low = interleaved<0>(row[0], row[2], all);
      const Words even_high = interleaved<2>(row[0], row[2], all);
      const Words odd_low = interleaved<0>(row[1], row[3], all);
      const Words odd_high = interleaved<2>(row[1], row[3], all);
      message[4 * quarter + 0] = interleaved<0>(even_low, odd_low, all);
      message[4 * quarter + 1] = interleaved<2>(even_low, odd_low, all);
      message[4 * quarter + 2] = interleaved<0>(even_high, odd_high, all);
      message[4 * quarter + 3] = interleaved<2>(even_high, odd_high, all);
    }
  }

  template <int count>
  [[gnu::always_inline]] static Words rotated(const Words& x) {
    return (x >> count) | (x << (32 - count));
  }

  // The functions of 4.1.2.
  template <int first, int second, int third>
  [[gnu::always_inline]] static Words sum_of_rotated(const Words& x) {
    return rotated<first>(x) ^ rotated<second>(x) ^ rotated<third>(x);
  }
  template <int first, int second, int shift>
  [[gnu::always_inline]] static Words sum_with_shifted(const Words& x) {
    return rotated<first>(x) ^ rotated<second>(x) ^ (x >> shift);
  }
  [[gnu::always_inline]] static Words choice(const Words& x, const Words& y, const Words& z) {
    return z ^ (x & (y ^ z));
  }
  [[gnu::always_inline]] static Words majority(const Words& x, const Words& y, const Words& z) {
    return (x & y) | (z & (x | y));
  }

  template <std::size_t t>
  [[gnu::always_inline]] static void schedule(Words (&message)[16]) {
    message[t] += sum_with_shifted<17, 19, 10>(message[(t + 14) % 16]) + message[(t + 9) % 16] +
                  sum_with_shifted<7, 18, 3>(message[(t + 1) % 16]);
  }

  // Round `base` + t: instead of moving the eight words along, it takes them from where they are by now.
  template <bool scheduled, std::size_t t>
  [[gnu::always_inline]] static void round(Words (&s)[8], Words (&message)[16], std::size_t base) {
    if constexpr (scheduled) schedule<t>(message);
    constexpr std::size_t a = (16 - t) % 8;
    const Words& e = s[(a + 4) % 8];
    const Words first = s[(a + 7) % 8] + sum_of_rotated<6, 11, 25>(e) +
                        choice(e, s[(a + 5) % 8], s[(a + 6) % 8]) + message[t] + round_constants[base + t];
    const Words second = sum_of_rotated<2, 13, 22>(s[a]) + majority(s[a], s[(a + 1) % 8], s[(a + 2) % 8]);
    s[(a + 3) % 8] += first;
    s[(a + 7) % 8] = first + second;
  }

  template <bool scheduled, std::size_t... t>
  [[gnu::always_inline]] static void rounds(Words (&state)[8], Words (&message)[16], std::size_t base,
                                            Indexes<t...>) {
    (round<scheduled, t>(state, message, base), ...);
  }
};

}  // namespace

}  // namespace modelcache::sha256
