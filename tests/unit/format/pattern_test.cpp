// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/pattern.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;

namespace {

struct Case {
  std::string pattern;
  std::string text;
  bool answer;
};

void check_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    CAPTURE(c.pattern, c.text);
    CHECK(Glob(c.pattern).matches(c.text) == c.answer);
  }
}

}  // namespace

TEST_CASE("stars and question marks cross slashes and newlines, and a pattern is for the whole text") {
  check_all({
      {"*.json", "a.json", true},
      {"*.json", "d/a.json", true},
      {"*.json", ".json", true},
      {"*.json", "a.json.x", false},
      {"a*", "a\nb", true},
      {"a?b", "a/b", true},
      {"a?b", "a\nb", true},
      {"a?b", "ab", false},
      {"**/a.json", "a.json", false},
      {"**/a.json", "d/a.json", true},
      {"data", "data/x", false},
      {"*", "", true},
      {"", "", true},
      {"", "a", false},
      {"?", "", false},
      {"a**b", "ab", true},
      {"*a*b*c*", "xxaxxbxxc", true},
      {"*a*b*c*", "cba", false},
      {"A.JSON", "a.json", false},
      {"{a,b}", "a", false},
      {"{a,b}", "{a,b}", true},
      {"*ab", "aab", true},
      {"*aab", "aaaab", true},
      {"a*a", "a", false},
  });
}

TEST_CASE("brackets hold characters and ranges as in Python") {
  check_all({
      {"[abc]", "b", true},
      {"[abc]", "d", false},
      {"[!abc]", "d", true},
      {"[!abc]", "a", false},
      {"[!abc]", "", false},
      {"[a-c]", "b", true},
      {"[c-a]", "b", false},
      {"[c-a]", "c", false},
      {"[!c-a]", "x", true},
      {"[]]", "]", true},
      {"[!]]", "]", false},
      {"[!]]", "a", true},
      {"[]-a]", "^", true},
      {"[a-]", "-", true},
      {"[-a]", "-", true},
      {"[a-c-e]", "-", true},
      {"[a-c-e]", "d", false},
      {"[a-c-e]", "e", true},
      {"[", "[", true},
      {"[a", "[a", true},
      {"[!", "[!", true},
      {"[]", "[]", true},
      {"[!]", "[!]", true},
      {"[^a]", "^", true},
      {"[^a]", "b", false},
      {"[[]", "[", true},
      {"[[:alpha:]]", "a]", true},
      {"[[:alpha:]]", "b", false},
      {"[a\\]", "\\", true},
      {"[--/]", "/", true},
      {"[--/]", ".", true},
      {"[a--]", "a", false},
      {"[z- !-a]", "-", false},
      {"[z- !-a]", "a", false},
      {"[z- !-a]", "b", true},
      {"[z- !a]", "b", true},
      {"[~&|]", "&", true},
      {"[a&&b]", "&", true},
      {"x[0-9]y", "x5y", true},
      {"[*]", "*", true},
      {"[*]", "a", false},
      {"[?]", "?", true},
      {"[/]", "/", true},
  });
}

TEST_CASE("a character is a code point, and a stray byte is one of its own") {
  check_all({
      {"?", "\xc3\xa4", true},
      {"??", "\xc3\xa4", false},
      {"?", "\xf0\x9f\x98\x80", true},
      {"[\xc3\xa0-\xc3\xa9]", "\xc3\xa4", true},
      {"[!\xc3\xa4]", "\xc3\xa4", false},
      {"?", "\xff", true},
      {"?", "\xc3", true},
      {"\xc3*", "\xc3\xa4", false},
      {"??", "\xc3\xc3", true},
      {"???", "\xed\xa0\x80", true},
      {"\xff", "\xff", true},
      {"\xfe", "\xff", false},
  });
}

TEST_CASE("many stars take no exponential time") {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  const Glob glob(pattern + "*b");
  CHECK_FALSE(glob.matches(std::string(5000, 'a')));
  CHECK(glob.matches(std::string(5000, 'a') + "b"));
}

TEST_CASE("a filter includes first and excludes last") {
  CHECK(PathFilter({}, {}).passes("a/b"));
  CHECK(PathFilter({"*.json"}, {}).passes("d/a.json"));
  CHECK_FALSE(PathFilter({"*.json"}, {}).passes("a.bin"));
  CHECK(PathFilter({"*.txt", "*.json"}, {}).passes("a.json"));
  CHECK_FALSE(PathFilter({"*.json"}, {"a*"}).passes("a.json"));
  CHECK_FALSE(PathFilter({}, {"*.bin"}).passes("d/a.bin"));
  CHECK(PathFilter({}, {"*.bin"}).passes("a.bin.json"));
}

TEST_CASE("a pattern that ends in a slash stands for all below, and a backslash is a slash") {
  CHECK(PathFilter({"data/"}, {}).passes("data/x/y"));
  CHECK_FALSE(PathFilter({"data/"}, {}).passes("data"));
  CHECK_FALSE(PathFilter({"data"}, {}).passes("data/x"));
  CHECK(PathFilter({"data\\"}, {}).passes("data/x"));
  CHECK(PathFilter({"data\\*.bin"}, {}).passes("data/x.bin"));
  CHECK(PathFilter({"data/*.bin"}, {}).passes("data\\x.bin"));
  CHECK_FALSE(PathFilter({""}, {}).passes("a"));
}
