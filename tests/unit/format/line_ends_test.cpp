// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/line_ends.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;

namespace {

std::string converted(const std::string& text, std::size_t piece) {
  LineEndConversion conversion;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) out += conversion.convert(text.substr(at, piece));
  return out + conversion.finish();
}

bool is_binary(const std::string& text) {
  LineEndConversion conversion;
  conversion.convert(text);
  conversion.finish();
  return conversion.is_binary();
}

}  // namespace

TEST_CASE("CR LF becomes LF and nothing else changes, in pieces of any length") {
  struct Case {
    std::string text;
    std::string answer;
  };
  for (const Case& one : std::vector<Case>{{"", ""},
                                           {"a\r\nb\r\n", "a\nb\n"},
                                           {"a\nb\n", "a\nb\n"},
                                           {"\r", "\r"},
                                           {"\r\r\n", "\r\n"},
                                           {"\r\n\r", "\n\r"},
                                           {"a\rb\n", "a\rb\n"},
                                           {"\r\n\r\n", "\n\n"}})
    for (const std::size_t piece : {1u, 2u, 3u, 100u}) {
      CAPTURE(one.text, piece);
      CHECK(converted(one.text, piece) == one.answer);
    }
}

TEST_CASE("what git takes for no text: zeros, lone CRs, and many control characters") {
  CHECK_FALSE(is_binary(""));
  CHECK_FALSE(is_binary("a text\r\nwith\ttabs, \x1b[1mcolors\x1b[m, \xc3\xa4\r\n"));
  CHECK(is_binary(std::string("a\0b", 3)));
  CHECK(is_binary("a\rb"));
  CHECK(is_binary("a\r"));
  CHECK(is_binary("a\x01"));
  CHECK_FALSE(is_binary(std::string(128, 'a') + "\x01"));
  CHECK(is_binary(std::string(127, 'a') + "\x01"));
  CHECK(is_binary(std::string(128, 'a') + "\x01\x7f"));
  CHECK_FALSE(is_binary("the end of a text of DOS\r\n\x1a"));
  CHECK(is_binary("\x1a not at its end"));
}
