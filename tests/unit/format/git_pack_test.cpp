// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_pack.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace modelcache;

namespace {

struct Packed {
  std::string bytes;
  std::uint32_t crc;
};

Packed packed(PackedType type, const std::string& content, std::size_t piece) {
  PackedObjectWriter writer;
  Packed result{};
  writer.start(type, content.size(), result.bytes);
  for (std::size_t at = 0; at < content.size(); at += piece)
    writer.add(content.substr(at, piece), result.bytes);
  writer.finish(result.bytes);
  result.crc = writer.crc();
  return result;
}

std::string unpacked(const std::string& bytes, std::size_t piece) {
  PackedObjectReader reader;
  std::string content;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const std::string part = bytes.substr(at, piece);
    for (const std::string_view found : reader.read(part)) content += found;
  }
  return content;
}

Digest digest(unsigned char first, unsigned char last) {
  std::vector<unsigned char> bytes(20, 7);
  bytes.front() = first;
  bytes.back() = last;
  return Digest::from_bytes(HashKind::git_sha1, bytes);
}

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>((value >> (8 * bytes)) & 0xff);
  return text;
}

std::string raw(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes().data()), digest.bytes().size()};
}

}  // namespace

TEST_CASE("a pack begins with its version and how many objects it has") {
  CHECK(pack_header(258) == std::string("PACK\0\0\0\2\0\0\1\2", pack_header_size));
}

TEST_CASE("a packed object is its type, its size and a stream of stored blocks with its check sums") {
  const Packed wikipedia = packed(PackedType::blob, "Wikipedia", 100);
  CHECK(wikipedia.bytes ==
        std::string("\x39\x78\x01\0\x09\0\xf6\xffWikipedia\1\0\0\xff\xff\x11\xe6\x03\x98", 26));
  CHECK(packed(PackedType::tree, std::string(300, 'x'), 300).bytes.starts_with("\xac\x12\x78\x01"));
  CHECK(packed(PackedType::commit, "", 1).bytes == std::string("\x10\x78\x01\1\0\0\xff\xff\0\0\0\1", 12));
}

TEST_CASE("the check sum of what is packed is CRC-32") {
  // crc32 of those twelve bytes, as zlib gives it.
  CHECK(packed(PackedType::commit, "", 1).crc == 0x9232bb8eU);
}

TEST_CASE("what is packed in any pieces comes out in any pieces") {
  std::string long_one;
  for (int i = 0; i < 200'000; ++i) long_one += static_cast<char>(i * 7 + i / 251);
  for (const std::string& content :
       {std::string(), std::string("x"), std::string(65535, 'a'), std::string(65536, 'b'), long_one})
    for (const std::size_t in : {std::size_t{1000}, std::size_t{65535}, std::size_t{1} << 20})
      for (const std::size_t out : {std::size_t{1}, std::size_t{4096}, std::size_t{1} << 20}) {
        CAPTURE(content.size(), in, out);
        CHECK(unpacked(packed(PackedType::blob, content, in).bytes, out) == content);
      }
}

TEST_CASE("an index lists objects by name, with far offsets apart") {
  const std::vector<PackedObject> objects = {
      {digest(2, 1), 12, 0x01020304}, {digest(0, 9), 0x1'0000'0001, 5}, {digest(2, 0), 0x8000'0000, 6}};
  const Digest sum = digest(9, 9);
  const std::string index = write_pack_index(objects, sum);
  std::string wanted("\377tOc\0\0\0\2", 8);
  for (int i = 0; i < 256; ++i) wanted += number(i < 2 ? 1 : 3, 4);
  wanted += raw(digest(0, 9)) + raw(digest(2, 0)) + raw(digest(2, 1));
  wanted += number(5, 4) + number(6, 4) + number(0x01020304, 4);
  wanted += number(0x8000'0000, 4) + number(0x8000'0001, 4) + number(12, 4);
  wanted += number(0x1'0000'0001, 8) + number(0x8000'0000, 8) + raw(sum);
  Hasher hasher = Hasher::plain_sha1();
  hasher.update(wanted);
  CHECK(index == wanted + raw(hasher.finish()));
}
