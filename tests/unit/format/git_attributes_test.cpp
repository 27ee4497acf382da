// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_attributes.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;

namespace {

using Filter = FilterAttribute;

Filter filter(const std::vector<GitAttributesText>& files, const std::string& path) {
  return GitAttributes(files).filter(*RelPath::parse(path));
}

bool matches(const std::string& pattern, const std::string& path) {
  return GitPattern(pattern).matches(path);
}

struct Case {
  std::string text;
  std::string path;
  Filter answer;
};

void check_all(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(one.text, one.path);
    CHECK(filter({{"", one.text}}, one.path) == one.answer);
  }
}

}  // namespace

TEST_CASE("a pattern without a slash is for names at any depth, another one for whole paths") {
  struct Match {
    std::string pattern;
    std::string path;
    bool answer;
  };
  for (const Match& one : std::vector<Match>{
           {"*.bin", "a.bin", true},
           {"*.bin", "d/e/a.bin", true},
           {"*.bin", "a.bin.x", false},
           {"a", "d/a", true},
           {"/a", "d/a", false},
           {"/a", "a", true},
           {"d/*.bin", "d/a.bin", true},
           {"d/*.bin", "d/e/a.bin", false},
           {"d/*.bin", "x/d/a.bin", false},
           {"d/?", "d/a", true},
           {"d/?", "d//", false},
           {"d/**", "d/e/f", true},
           {"d/**", "d", false},
           {"**/f", "f", true},
           {"**/f", "d/e/f", true},
           {"**/f", "xf", false},
           {"d/**/f", "d/f", true},
           {"d/**/f", "d/x/y/f", true},
           {"d/**/f", "dx/f", false},
           {"saved_model/**/*", "saved_model/a", true},
           {"saved_model/**/*", "saved_model/a/b", true},
           {"saved_model/**/*", "x/saved_model/a", false},
           {"*tfevents*", "d/events.out.tfevents.1", true},
           {"d/a**b", "d/axb", true},
           {"d/a**b", "d/a/b", false},
           {"d/", "d", false},
           {"d/", "d/f", false},
           {"\\*", "*", true},
           {"\\*", "x", false},
           {"\\!a", "!a", true},
           {"a\\", "a\\", false},
           {"", "a", false},
       }) {
    CAPTURE(one.pattern, one.path);
    CHECK(matches(one.pattern, one.path) == one.answer);
  }
}

TEST_CASE("brackets hold ranges, classes and escapes as in git") {
  struct Match {
    std::string pattern;
    char byte;
    bool answer;
  };
  for (const Match& one : std::vector<Match>{
           {"[a-c]", 'b', true},
           {"[!a-c]", 'b', false},
           {"[^a-c]", 'd', true},
           {"[]a]", ']', true},
           {"[!]a]", ']', false},
           {"[a-]", '-', true},
           {"[c-a]", 'b', false},
           {"[[:digit:]]", '7', true},
           {"[[:digit:]a]", 'a', true},
           {"[[:foo:]]", 'f', false},
           {"[![:foo:]]", 'x', false},
           {"[[:space:]]", '\v', false},
           {"[[:punct:]]", '~', true},
           {"[\\]]", ']', true},
           {"[a-\\c]", 'b', true},
           {"[ab", 'a', false},
           {"[[:]", ':', true},
           {"[\xe0-\xef]", '\xe5', true},
       }) {
    CAPTURE(one.pattern, one.byte);
    CHECK(matches(one.pattern, std::string(1, one.byte)) == one.answer);
  }
}

TEST_CASE("the last line that speaks wins, and each value is told apart") {
  check_all({
      {"*.bin filter=lfs diff=lfs merge=lfs -text\n", "a.bin", Filter::lfs},
      {"*.bin filter=lfs", "a.txt", Filter::none},
      {"*.bin -text\n", "a.bin", Filter::none},
      {"*.bin filter=lfs\na.bin -filter\n", "a.bin", Filter::other},
      {"*.bin filter=lfs\na.bin !filter\n", "a.bin", Filter::other},
      {"*.bin filter=lfs\na.bin filter\n", "a.bin", Filter::other},
      {"*.bin filter=lfs\na.bin filter=other\n", "a.bin", Filter::other},
      {"*.bin filter=lfs\na.bin -text\n", "a.bin", Filter::lfs},
      {"* -filter\n*.bin filter=lfs\n", "a.bin", Filter::lfs},
      {"a filter=other filter=lfs\n", "a", Filter::lfs},
      {"", "a", Filter::none},
  });
}

TEST_CASE("a nearer file beats a farther one, and its patterns begin at its own directory") {
  const std::vector<GitAttributesText> files = {
      {"d/e", "/f -filter\n"}, {"", "f filter=lfs\n"}, {"d", "x/g filter=lfs\n"}};
  CHECK(filter(files, "f") == Filter::lfs);
  CHECK(filter(files, "d/f") == Filter::lfs);
  CHECK(filter(files, "d/e/f") == Filter::other);
  CHECK(filter(files, "d/e/x/f") == Filter::lfs);
  CHECK(filter(files, "d/x/g") == Filter::lfs);
  CHECK(filter(files, "x/g") == Filter::none);
  CHECK(filter({}, "x/g") == Filter::none);
}

TEST_CASE("comments, quotes, other line ends and a byte order mark are read as git reads them") {
  check_all({
      {"# a filter=lfs\n", "a", Filter::none},
      {"  \t a\tfilter=lfs  \n", "a", Filter::lfs},
      {"a filter=lfs\r\nb filter=lfs\r\n", "a", Filter::lfs},
      {"\xef\xbb\xbf"
       "a filter=lfs\n",
       "a", Filter::lfs},
      {"b -text\n\xef\xbb\xbf"
       "a filter=lfs\n",
       "a", Filter::none},
      {"\"a b\" filter=lfs\n", "a b", Filter::lfs},
      {"\"a\\tb\\303\\244\\\"\" filter=lfs\n", "a\tb\xc3\xa4\"", Filter::lfs},
      {"\"a filter=lfs\n", "\"a", Filter::lfs},
      {"\"\\q\" filter=lfs\n", "\"q\"", Filter::lfs},
      {"a filter=lfs =x\n", "a", Filter::none},
      {"a filter=lfs --text\n", "a", Filter::none},
      {"!a filter=lfs\n", "!a", Filter::none},
      {"!a filter=lfs\n", "b", Filter::none},
      {std::string("a filter=lfs\0 -filter\n", 22), "a", Filter::lfs},
      {"a -filter=lfs\n", "a", Filter::other},
  });
}

TEST_CASE("macros of the root speak for their attributes, also through one another") {
  check_all({
      {"[attr]large filter=lfs -text\n*.bin large\n", "a.bin", Filter::lfs},
      {"*.bin large\n[attr]large filter=lfs\n", "a.bin", Filter::lfs},
      {"[attr]large filter=lfs\n*.bin -large\n", "a.bin", Filter::none},
      {"[attr]large filter=lfs\n*.bin large=x\n", "a.bin", Filter::none},
      {"[attr]large filter=lfs\n[attr]large -text\n*.bin large\n", "a.bin", Filter::none},
      {"[attr]x y\n[attr]y x filter=lfs\na x\n", "a", Filter::lfs},
      {"[attr]large filter=lfs\na large -filter\n", "a", Filter::other},
      {"[attr]large filter=lfs\na -filter large\n", "a", Filter::lfs},
      {"a binary\n", "a", Filter::none},
      {"[attr]binary filter=lfs\na binary\n", "a", Filter::lfs},
      {"[attr] filter=lfs\n", "a", Filter::lfs},  // no macro, but a set of letters
  });
  CHECK(filter({{"", "[attr]large filter=lfs\n"}, {"d", "f large\n"}}, "d/f") == Filter::lfs);
  CHECK(filter({{"d", "[attr]large filter=lfs\nf large\n"}}, "d/f") == Filter::none);
}

TEST_CASE("lines and files that git finds too long are ignored") {
  const std::string line = "a filter=lfs";
  const std::string longest = line + std::string(git_attributes_line_limit - 1 - line.size(), ' ');
  CHECK(filter({{"", longest + "\n"}}, "a") == Filter::lfs);
  CHECK(filter({{"", longest + " \nb -text\n"}}, "a") == Filter::none);
  std::string large = line + "\n#";
  large.resize(git_attributes_limit, 'x');
  CHECK(filter({{"", std::string_view(large).substr(0, large.size() - 1)}}, "a") == Filter::lfs);
  CHECK(filter({{"", large}}, "a") == Filter::none);
}

TEST_CASE("hostile patterns and chains of macros take neither exponential time nor the stack") {
  std::string pattern = "/";
  for (int i = 0; i < 300; ++i) pattern += "**/*a";
  CHECK_FALSE(matches(pattern + "b", std::string(4000, 'a')));
  std::string stars;
  for (int i = 0; i < 500; ++i) stars += "*a";
  CHECK_FALSE(matches(stars + "b", std::string(255, 'a')));
  std::string chain;
  for (int i = 0; i < 200'000; ++i)
    chain += "[attr]m" + std::to_string(i) + " m" + std::to_string(i + 1) + "\n";
  CHECK(filter({{"", chain + "[attr]m200000 filter=lfs\na m0\n"}}, "a") == Filter::lfs);
}

TEST_CASE(
    "line ends are git's to change where a line says so, by text, by eol, or by crlf as text was called") {
  struct Rule {
    std::string text;
    LineEnds answer;
  };
  for (const Rule& one : std::vector<Rule>{
           {"", LineEnds::kept},
           {"* text", LineEnds::converted},
           {"* text=auto", LineEnds::automatic},
           {"* text=auto eol=crlf", LineEnds::automatic},
           {"* eol=crlf", LineEnds::converted},
           {"* eol=lf", LineEnds::converted},
           {"* eol=cr", LineEnds::kept},
           {"* eol", LineEnds::kept},
           {"* -text eol=crlf", LineEnds::kept},
           {"* binary eol=crlf", LineEnds::kept},
           {"* !text eol=crlf", LineEnds::converted},
           {"* text=input", LineEnds::converted},
           {"* crlf", LineEnds::converted},
           {"* crlf=input", LineEnds::converted},
           {"* -crlf eol=lf", LineEnds::kept},
           {"* -text crlf", LineEnds::kept},
           {"* text=other crlf=auto", LineEnds::automatic},
           {"* text\nf -text", LineEnds::kept},
           {"* text\nf binary", LineEnds::kept},
           {"[attr]binary text\nf binary", LineEnds::converted},
           {"[attr]mine eol=crlf\nf mine", LineEnds::converted},
           {"f filter=lfs -text", LineEnds::kept},
       }) {
    CAPTURE(one.text);
    CHECK(GitAttributes({{"", one.text}}).line_ends(*RelPath::parse("f")) == one.answer);
  }
}
