// SPDX-License-Identifier: Apache-2.0
#pragma once

// A pack of git (version 2) and its index, with every object whole and uncompressed: such a pack is written
// as fast as the disk takes it, its length is known beforehand, and `git gc` packs it tighter for whoever
// wants that. Promise: git reads what is written here.

#include "modelcache/base/digest.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

enum class PackedType : unsigned char { commit = 1, tree = 2, blob = 3 };

// The 12 bytes at the start of a pack. Behind its last object comes the plain SHA-1 of all before.
inline constexpr std::size_t pack_header_size = 12;
std::string pack_header(std::uint32_t objects);

// One object, a piece at a time: start(), pieces whose sizes add up to `size`, finish(). All append to the
// text they are given.
class PackedObjectWriter {
 public:
  void start(PackedType type, std::uint64_t size, std::string& text);
  void add(std::string_view piece, std::string& text);
  void finish(std::string& text);

  // Of all that was appended.
  std::uint32_t crc() const noexcept { return crc_; }

 private:
  void check(std::string_view appended);

  std::uint32_t crc_ = 0;
  std::uint32_t low_ = 1;  // of Adler-32
  std::uint32_t high_ = 0;
};

// Takes such an object apart again, from pieces of any size that begin at its start.
class PackedObjectReader {
 public:
  // What of the content is in `text`, in order; each is valid as long as `text` is.
  std::vector<std::string_view> read(std::string_view text);

 private:
  enum class Part { object_header, stream_header, block_header, block, end };
  void read_byte(unsigned char byte);

  Part part_ = Part::object_header;
  std::size_t seen_ = 0;    // bytes of the part
  std::size_t length_ = 0;  // of the block
  bool is_last_ = false;
};

struct PackedObject {
  Digest oid;
  std::uint64_t offset = 0;  // of its first byte in the pack
  std::uint32_t crc = 0;
};

// The file beside a pack that tells where its objects are. `checksum` is the SHA-1 that ends the pack.
std::string write_pack_index(std::vector<PackedObject> objects, const Digest& checksum);

}  // namespace modelcache
