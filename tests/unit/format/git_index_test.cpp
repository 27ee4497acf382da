// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_index.hpp"

#include "support/catch.hpp"

#include <string>

using namespace modelcache;

namespace {

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>((value >> (8 * bytes)) & 0xff);
  return text;
}

Status status(std::uint64_t size) {
  Status status;
  status.size = size;
  status.device = 0x1'0000'0003;
  status.inode = 0x2'0000'0004;
  status.owner = 5;
  status.group = 6;
  status.modified = {7, 8};
  status.changed = {9, 10};
  return status;
}

GitIndexEntry entry(const std::string& path, FileMode mode, std::optional<Status> status) {
  return {*RelPath::parse(path), mode, *Digest::parse(HashKind::git_sha1, std::string(40, '1')), status};
}

std::string packed_entry(std::uint64_t mode, std::uint64_t size, const std::string& flags,
                         const std::string& path) {
  std::string text = number(9, 4) + number(10, 4) + number(7, 4) + number(8, 4) + number(3, 4) +
                     number(4, 4) + number(mode, 4) + number(5, 4) + number(6, 4) + number(size, 4) +
                     std::string(20, '\x11') + flags + path;
  do text += '\0';
  while (text.size() % 8 != 0);
  return text;
}

std::string with_sum(const std::string& text) {
  Hasher hasher = Hasher::plain_sha1();
  hasher.update(text);
  const Digest sum = hasher.finish();
  return text + std::string(reinterpret_cast<const char*>(sum.bytes().data()), 20);
}

}  // namespace

TEST_CASE("an index holds for each file what lstat says of it, in 32 bits") {
  CHECK(write_git_index({entry("a", FileMode::regular, status(11)),
                         entry("dir/b", FileMode::executable, status(0)),
                         entry("link", FileMode::link, status(3))}) ==
        with_sum("DIRC" + number(2, 4) + number(3, 4) + packed_entry(0100644, 11, number(1, 2), "a") +
                 packed_entry(0100755, 0, number(5, 2), "dir/b") +
                 packed_entry(0120000, 3, number(4, 2), "link")));
}

TEST_CASE(
    "a multiple of 4 GiB has the size that git writes for it, and no file is taken for an unknown one") {
  const auto size_of = [](std::uint64_t size) {
    return write_git_index({entry("a", FileMode::regular, status(size))}).substr(12 + 36, 4);
  };
  CHECK(size_of(0) == number(0, 4));
  CHECK(size_of(0x1'0000'0000) == number(0x80000000, 4));
  CHECK(size_of(0x5'0000'0000) == number(0x80000000, 4));
  CHECK(size_of(0x1'0000'0001) == number(1, 4));
}

TEST_CASE("a file that is not to be there takes a newer version of the format") {
  const std::string index =
      write_git_index({entry("a", FileMode::regular, status(1)), entry("b", FileMode::link, std::nullopt)});
  CHECK(index.substr(4, 4) == number(3, 4));
  const std::string first = packed_entry(0100644, 1, number(1, 2), "a");
  CHECK(index.substr(12, first.size()) == first);
  CHECK(index.substr(12 + first.size() + 60, 6) ==
        number(0x4001, 2) + number(0x4000, 2) + std::string("b\0", 2));
  CHECK((index.size() - 12 - 20) % 8 == 0);
}

TEST_CASE("a longer name than the format counts is marked, and whole") {
  const std::string path(200, 'd');
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += path + "/";
  deep += "f";
  REQUIRE(deep.size() < 4096);
  CHECK(write_git_index({entry(deep.substr(0, 4095 - 200), FileMode::regular, status(1))})
            .find(deep.substr(0, 3000)) != std::string::npos);
}
