// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/text.hpp"

#include "support/catch.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace modelcache;

namespace {

std::string encode(char32_t code) {
  const auto byte = [](char32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0 | code >> 6), byte(0x80 | (code & 63))};
  if (code < 0x10000)
    return {byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 63)), byte(0x80 | (code & 63))};
  return {byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 63)), byte(0x80 | (code >> 6 & 63)),
          byte(0x80 | (code & 63))};
}

// The bytes back from what terminal_safe made of them: it must read one way only.
std::string unescape(std::string_view text) {
  static const std::string letters = "ntre\\";
  static const std::string meant = "\n\t\r\x1b\\";
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      out += text[at];
    } else if (const char kind = text[++at]; kind == 'x') {
      out += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
      at += 2;
    } else if (kind == 'u') {
      const std::size_t end = text.find('}', at);
      out += encode(
          static_cast<char32_t>(std::stoul(std::string(text.substr(at + 2, end - at - 2)), nullptr, 16)));
      at = end;
    } else {
      out += meant[letters.find(kind)];
    }
  }
  return out;
}

// Not well-formed, for each reason that there is.
const std::vector<std::string> not_utf8 = {"\x80",
                                           "\xBF",
                                           "\xFE",
                                           "\xFF",
                                           "\xC0\xAF",
                                           "\xC1\xBF",
                                           "\xC2",
                                           "\xC2\x41",
                                           "\xE0\x80\x80",
                                           "\xE0\x9F\xBF",
                                           "\xE2\x82",
                                           "\xE2\x28\xA1",
                                           "\xED\xA0\x80",
                                           "\xED\xBF\xBF",
                                           "\xEF\xBF",
                                           "\xF0\x80\x80\x80",
                                           "\xF0\x8F\xBF\xBF",
                                           "\xF0\x9F\x98",
                                           "\xF4\x90\x80\x80",
                                           "\xF5\x80\x80\x80",
                                           "\xF8\x88\x80\x80\x80"};

struct Range {
  char32_t first;
  char32_t last;
};

// C0, DEL and C1; what reorders; what ends a line; what shows nothing (Default_Ignorable_Code_Point).
const std::vector<Range> unsafe = {
    {0x00, 0x1F},     {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},    {0x61C, 0x61C},
    {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},  {0x2028, 0x202E},
    {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},  {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

}  // namespace

TEST_CASE("ordinary text in any script is shown as it is") {
  for (const char* text : {"", "config.json", "a b", "~!@#$%^&*()[]{}'\"`|;:<>?", "größe", "说明.md",
                           "日本語", "עברית", "العربية", "हिन्दी", "e\xCC\x81", "\xF0\x9F\x98\x80", "\xC2\xA0",
                           "\xEF\xBF\xBD", "\xF4\x8F\xBF\xBF"}) {
    CHECK(terminal_safe(text) == text);
    CHECK(is_utf8(text));
    CHECK(lossy_utf8(text) == text);
  }
}

TEST_CASE("what steers a terminal or forges a line is spelled out") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a\nb", "a\\nb"},
      {"a\tb\rc", "a\\tb\\rc"},
      {"\x1b]52;c;\x07", "\\e]52;c;\\x07"},
      {std::string("a\0b", 3), "a\\x00b"},
      {"\x7f", "\\x7f"},
      {"\xC2\x9B"
       "31m",
       "\\u{9b}31m"},
      {"\xC2\x80\xC2\x9F", "\\u{80}\\u{9f}"},
      {"gpj.\xE2\x80\xAEtxt", "gpj.\\u{202e}txt"},
      {"\xE2\x80\xA8\xE2\x80\xA9", "\\u{2028}\\u{2029}"},
      {"ma\xE2\x80\x8Bin", "ma\\u{200b}in"},
      {"\xEF\xBB\xBF", "\\u{feff}"},
      {"\xF3\xA0\x81\x81", "\\u{e0041}"},
      {"a\\nb", "a\\\\nb"},
      {"\\", "\\\\"},
      {"\xFF", "\\xff"},
      {"\xC3(", "\\xc3("},
      {"\xE2\x82", "\\xe2\\x82"},
      {"\xED\xA0\x80", "\\xed\\xa0\\x80"}};
  for (const auto& [bytes, text] : cases) CHECK(terminal_safe(bytes) == text);
}

TEST_CASE("no control, bidirectional or invisible character passes") {
  for (const auto& [first, last] : unsafe)
    for (char32_t code = first; code <= last; ++code) {
      const std::string text = terminal_safe(encode(code));
      CAPTURE(static_cast<unsigned>(code), text);
      REQUIRE(text.size() > 1);
      for (const char c : text) REQUIRE((c > ' ' && c < '\x7f'));
    }
}

TEST_CASE("two different names never look alike, and each reads back") {
  std::set<std::string> seen;
  std::vector<std::string> names = not_utf8;
  for (char32_t code = 0; code < 0x3000; ++code) names.push_back(encode(code));
  for (int byte = 0x80; byte < 0x100; ++byte) names.emplace_back(1, static_cast<char>(byte));
  for (const char* name :
       {"\\n", "\\x0a", "\\xff", "\\u{200b}", "\\\\n", "\\e[0m", "x\\", "\\u{", "\\xC2\x9B"})
    names.emplace_back(name);
  const std::set<std::string> different(names.begin(), names.end());
  for (const std::string& name : different) {
    const std::string text = terminal_safe(name);
    CAPTURE(text);
    REQUIRE(unescape(text) == name);
    REQUIRE(is_utf8(text));
    REQUIRE(seen.insert(text).second);
  }
}

TEST_CASE("well-formed UTF-8 is told from what only resembles it") {
  for (const std::string& bytes : not_utf8) {
    CAPTURE(terminal_safe(bytes));
    CHECK_FALSE(is_utf8(bytes));
    CHECK_FALSE(is_utf8("a" + bytes + "b"));
  }
  for (const char32_t code :
       {0x00u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFFu, 0x10000u, 0x10FFFFu})
    CHECK(is_utf8(encode(code)));
}

TEST_CASE("each bad byte becomes one replacement character and the rest stays") {
  const std::string bad = "\xEF\xBF\xBD";
  CHECK(lossy_utf8("a\xFF"
                   "b") == "a" + bad + "b");
  CHECK(lossy_utf8("\xE2\x82") == bad + bad);
  CHECK(lossy_utf8("\xE2\x82\xC3\xA9") == bad + bad + "é");
  CHECK(lossy_utf8("\xED\xA0\x80") == bad + bad + bad);
  for (const std::string& bytes : not_utf8) CHECK(is_utf8(lossy_utf8(bytes)));
}

TEST_CASE("a terminal gives two columns to wide characters and none to combining ones") {
  const std::vector<std::pair<std::string, std::size_t>> cases = {{"", 0},
                                                                  {"abc", 3},
                                                                  {"größe", 5},
                                                                  {"说明", 4},
                                                                  {"日本語", 6},
                                                                  {"한국어", 6},
                                                                  {"ｶﾅ", 2},
                                                                  {"ＡＢ", 4},
                                                                  {"e\xCC\x81", 1},
                                                                  {"\xD7\xA9\xD6\xBC\xD7\x81", 1},
                                                                  {"\xD9\x85\xD9\x91", 1},
                                                                  {"\xE0\xB9\x81\xE0\xB8\x81\xE0\xB9\x89", 2},
                                                                  {"\xE0\xA4\x95\xE0\xA5\x8D", 1},
                                                                  {"\xF0\x9F\x98\x80", 2},
                                                                  {"\xF0\x9F\x9A\x80", 2},
                                                                  {"\xE2\x9C\x85", 2},
                                                                  {"\xE2\x9C\x93", 1},
                                                                  {"\xE2\xAD\x90", 2},
                                                                  {"\xF0\xA0\x80\x80", 2},
                                                                  {"→", 1},
                                                                  {"…", 1},
                                                                  {terminal_safe("\x1b[0m"), 5}};
  for (const auto& [text, width] : cases) {
    CAPTURE(text);
    CHECK(display_width(text) == width);
  }
}

TEST_CASE("text that fits stays, longer text is cut where the dots still fit") {
  CHECK(fit_to_width("", 0) == "");
  CHECK(fit_to_width("abc", 3) == "abc");
  CHECK(fit_to_width("abcd", 3) == "...");
  CHECK(fit_to_width("abcdef", 5) == "ab...");
  CHECK(fit_to_width("abcdef", 6) == "abcdef");
  CHECK(fit_to_width("abc", 2) == "..");
  CHECK(fit_to_width("abc", 1) == ".");
  CHECK(fit_to_width("abc", 0) == "");
  // A wide character that would stick out is left away whole, a combining one stays with its letter.
  CHECK(fit_to_width("说明文件", 6) == "说...");
  CHECK(fit_to_width("e\xCC\x81"
                     "bcdef",
                     4) == "e\xCC\x81...");
}

TEST_CASE("text cut to a width never exceeds it, is the longest such and stays UTF-8") {
  for (const std::string& text :
       {std::string("abcdefghij"), std::string("说明文件说明"), std::string("a说e\xCC\x81明b\xCC\x81文cd"),
        std::string("\xF0\x9F\x98\x80x\xF0\x9F\x9A\x80yz"), std::string("größe über alles")})
    for (std::size_t width = 0; width <= 25; ++width) {
      const std::string cut = fit_to_width(text, width);
      CAPTURE(text, width, cut);
      CHECK(display_width(cut) <= width);
      CHECK(is_utf8(cut));
      if (display_width(text) <= width)
        CHECK(cut == text);
      else
        CHECK(display_width(cut) + 1 >= width);  // one short only for a wide character
    }
}
