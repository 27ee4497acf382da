// SPDX-License-Identifier: Apache-2.0
#pragma once

// --include and --exclude. Promise: the same answers as the hub client's allow_patterns and ignore_patterns,
// which are those of Python's fnmatchcase; time grows at most with pattern length times path length.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace modelcache {

// One pattern, for the whole of a text: '*' any run of characters, '?' any one, [seq] and [!seq] with ranges;
// '/' and newlines are characters like any other, nothing is escaped, '[' without ']' is itself. A character
// is a code point of UTF-8, or one byte that is not part of any.
class Glob {
 public:
  explicit Glob(std::string_view pattern);

  bool matches(std::string_view text) const { return matches(decode(text)); }

  // For many patterns on one text.
  static std::u32string decode(std::string_view text);
  bool matches(const std::u32string& text) const;

 private:
  struct Token {
    enum class Kind { literal, any, star, set };

    Kind kind = Kind::literal;
    char32_t literal = 0;
    std::size_t set = 0;  // index in sets_
  };
  struct Set {
    bool negated = false;
    std::vector<std::pair<char32_t, char32_t>> ranges;  // both ends included

    bool holds(char32_t c) const;
  };

  std::size_t add_bracket(const std::u32string& pattern, std::size_t begin);
  void add_set(std::u32string_view content);
  bool fits(const Token& token, char32_t c) const;

  std::vector<Token> tokens_;
  std::vector<Set> sets_;
};

class PathFilter {
 public:
  // No `include` patterns: everything that no `exclude` pattern matches passes. A pattern that ends in '/'
  // stands for all below it; a backslash is a slash, in patterns and in paths.
  PathFilter(const std::vector<std::string>& include, const std::vector<std::string>& exclude);

  bool passes(std::string_view path) const;

 private:
  std::vector<Glob> include_;
  std::vector<Glob> exclude_;
};

}  // namespace modelcache
