// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_pack.hpp"

#include "modelcache/format/big_endian.hpp"

#include <algorithm>
#include <array>

namespace modelcache {

namespace {

constexpr std::size_t block_limit = 0xffff;
constexpr std::string_view stream_header("\x78\x01", 2);  // deflate, 32 KiB window, fastest
constexpr std::size_t block_header_size = 5;

std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  return table;
}

std::uint32_t add_to_crc(std::uint32_t crc, std::string_view bytes) {
  static const std::array<std::uint32_t, 256> table = make_crc_table();
  crc = ~crc;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<unsigned char>(byte)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

void add_to_adler(std::uint32_t& low, std::uint32_t& high, std::string_view bytes) {
  constexpr std::uint32_t modulus = 65521;
  constexpr std::size_t batch = 5552;  // as many as 32 bits can sum
  while (!bytes.empty()) {
    for (const char byte : bytes.substr(0, batch)) {
      low += static_cast<unsigned char>(byte);
      high += low;
    }
    low %= modulus;
    high %= modulus;
    bytes.remove_prefix(std::min(batch, bytes.size()));
  }
}

void append_block(std::string& text, std::string_view bytes, bool is_last) {
  const auto length = static_cast<unsigned>(bytes.size());
  text += is_last ? '\1' : '\0';
  for (const unsigned value : {length, ~length}) {
    text += static_cast<char>(value & 0xff);
    text += static_cast<char>((value >> 8) & 0xff);
  }
  text += bytes;
}

}  // namespace

std::string pack_header(std::uint32_t objects) {
  std::string text = "PACK";
  append_big_endian(text, 2, 4);
  append_big_endian(text, objects, 4);
  return text;
}

void PackedObjectWriter::check(std::string_view appended) {
  crc_ = add_to_crc(crc_, appended);
}

void PackedObjectWriter::start(PackedType type, std::uint64_t size, std::string& text) {
  const std::size_t begin = text.size();
  unsigned byte = (static_cast<unsigned>(type) << 4) | static_cast<unsigned>(size & 0xf);
  for (size >>= 4; size != 0; size >>= 7) {
    text += static_cast<char>(byte | 0x80);
    byte = static_cast<unsigned>(size & 0x7f);
  }
  text += static_cast<char>(byte);
  text += stream_header;
  check(std::string_view(text).substr(begin));
}

void PackedObjectWriter::add(std::string_view piece, std::string& text) {
  const std::size_t begin = text.size();
  add_to_adler(low_, high_, piece);
  for (; !piece.empty(); piece.remove_prefix(std::min(block_limit, piece.size())))
    append_block(text, piece.substr(0, block_limit), false);
  check(std::string_view(text).substr(begin));
}

void PackedObjectWriter::finish(std::string& text) {
  const std::size_t begin = text.size();
  append_block(text, {}, true);
  append_big_endian(text, (high_ << 16) | low_, 4);
  check(std::string_view(text).substr(begin));
}

void PackedObjectReader::read_byte(unsigned char byte) {
  ++seen_;
  switch (part_) {
    case Part::object_header:
      if ((byte & 0x80) == 0) part_ = Part::stream_header, seen_ = 0;
      return;
    case Part::stream_header:
      if (seen_ == stream_header.size()) part_ = Part::block_header, seen_ = 0;
      return;
    case Part::block_header:
      if (seen_ == 1) is_last_ = (byte & 1) != 0;
      if (seen_ == 2) length_ = byte;
      if (seen_ == 3) length_ |= std::size_t{byte} << 8;
      if (seen_ != block_header_size) return;
      seen_ = 0;
      part_ = length_ > 0 ? Part::block : is_last_ ? Part::end : Part::block_header;
      return;
    case Part::block:
    case Part::end:
      return;
  }
}

std::vector<std::string_view> PackedObjectReader::read(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (!text.empty() && part_ != Part::end) {
    if (part_ != Part::block) {
      read_byte(static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    pieces.push_back(text.substr(0, length_ - seen_));
    text.remove_prefix(pieces.back().size());
    seen_ += pieces.back().size();
    if (seen_ < length_) continue;
    seen_ = 0;
    part_ = is_last_ ? Part::end : Part::block_header;
  }
  return pieces;
}

std::string write_pack_index(std::vector<PackedObject> objects, const Digest& checksum) {
  constexpr std::uint64_t near_limit = 0x80000000;
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.oid < b.oid; });
  std::string text("\377tOc", 4);
  append_big_endian(text, 2, 4);
  std::array<std::uint32_t, 256> counts{};
  for (const PackedObject& object : objects) ++counts[object.oid.bytes()[0]];
  std::uint32_t up_to_here = 0;
  for (const std::uint32_t count : counts) append_big_endian(text, up_to_here += count, 4);
  for (const PackedObject& object : objects) append_bytes(text, object.oid);
  for (const PackedObject& object : objects) append_big_endian(text, object.crc, 4);
  std::string far;
  for (const PackedObject& object : objects) {
    const bool is_near = object.offset < near_limit;
    append_big_endian(text, is_near ? object.offset : near_limit | (far.size() / 8), 4);
    if (!is_near) append_big_endian(far, object.offset, 8);
  }
  text += far;
  append_bytes(text, checksum);
  append_plain_sha1(text);
  return text;
}

}  // namespace modelcache
