// SPDX-License-Identifier: Apache-2.0
#include "modelcache/model/rel_path.hpp"

#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace modelcache;

namespace {

RelPath path(std::string_view bytes) {
  const auto parsed = RelPath::parse(bytes);
  REQUIRE(parsed);
  return *parsed;
}

std::string repeated(const std::string& text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("any name that a file system holds and no client misreads is a path") {
  for (const std::string& bytes :
       {std::string("config.json"), std::string("a/b/c"), std::string(".gitattributes"), std::string("..."),
        std::string("a..b"), std::string("..a/b.."), std::string(" "), std::string("a b/c\td"),
        std::string("-rf"), std::string("*"), std::string("~"), std::string("C:x"), std::string("a\\b"),
        std::string("a\nb"), std::string("\xff\xfe"), std::string("größe/说明.md"), std::string(255, 'x'),
        repeated(std::string(254, 'y') + "/", 16) + std::string(16, 'z')}) {
    CAPTURE(bytes);
    CHECK_FALSE(RelPath::flaw(bytes));
    CHECK(path(bytes).bytes() == bytes);
    CHECK(std::string_view(path(bytes)) == bytes);
  }
}

TEST_CASE("a path that could lead elsewhere or fits no file system is none, and the reason is told") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "empty"},
      {"/", "empty component"},
      {"/etc/passwd", "empty component"},
      {"a/", "empty component"},
      {"a//b", "empty component"},
      {".", "'.' or '..'"},
      {"..", "'.' or '..'"},
      {"./a", "'.' or '..'"},
      {"a/.", "'.' or '..'"},
      {"../a", "'.' or '..'"},
      {"a/..", "'.' or '..'"},
      {"a/../b", "'.' or '..'"},
      {"a/./b", "'.' or '..'"},
      {std::string("a\0b", 3), "NUL"},
      {std::string(1, '\0'), "NUL"},
      {std::string("a/b\0", 4), "NUL"},
      {std::string(256, 'x'), "255"},
      {"a/" + std::string(256, 'x') + "/b", "255"},
      {repeated(std::string(255, 'y') + "/", 16) + "z", "4096"},
      {std::string(100'000, 'x'), "4096"}};
  for (const auto& [bytes, reason] : cases) {
    CAPTURE(bytes);
    CHECK_FALSE(RelPath::parse(bytes));
    const auto flaw = RelPath::flaw(bytes);
    REQUIRE(flaw);
    CHECK(flaw->find(reason) != std::string_view::npos);
  }
}

TEST_CASE("a path knows its name, its parent and its depth") {
  struct Case {
    std::string bytes;
    std::string parent;
    std::string name;
    std::size_t depth;
  };
  for (const Case& one :
       {Case{"a", "", "a", 0}, Case{"dir/file", "dir", "file", 1},
        Case{"one/two/three.bin", "one/two", "three.bin", 2}, Case{".hidden/..x", ".hidden", "..x", 1}}) {
    const RelPath whole = path(one.bytes);
    CHECK(whole.parent() == one.parent);
    CHECK(whole.name() == one.name);
    CHECK(whole.depth() == one.depth);
  }
}

TEST_CASE("paths are ordered by their bytes, as git and the hub's listings order them") {
  const std::vector<std::string> sorted = {"A",  "a",  "a-b",  "a.b",      "a/b",
                                           "a0", "ab", "\x7f", "\xc3\xa9", "\xff"};
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    CAPTURE(sorted[i]);
    CHECK(path(sorted[i - 1]) < path(sorted[i]));
    CHECK(path(sorted[i]) == path(sorted[i]));
  }
}
