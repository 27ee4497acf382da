// SPDX-License-Identifier: Apache-2.0
#pragma once

// Pieces of git's binary files. Promise: the same bytes on every machine.

#include "modelcache/base/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace modelcache {

// The lowest `bytes` bytes of `number`, the highest first.
inline void append_big_endian(std::string& text, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) text += static_cast<char>((number >> (8 * i)) & 0xff);
}

inline void append_bytes(std::string& text, const Digest& digest) {
  for (const unsigned char byte : digest.bytes()) text += static_cast<char>(byte);
}

// The plain SHA-1 of `text`, behind it.
inline void append_plain_sha1(std::string& text) {
  Hasher hasher = Hasher::plain_sha1();
  hasher.update(text);
  append_bytes(text, hasher.finish());
}

}  // namespace modelcache
