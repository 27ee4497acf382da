// SPDX-License-Identifier: Apache-2.0
#pragma once

// A pattern of a .gitattributes file. Promise: the same answers as git 2.39 gives for files; time grows at
// most with pattern length times path length, whatever the pattern.

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

// Without '/', for the name of a file at any depth; else for its whole path below the directory of the
// .gitattributes file. '*' any run of bytes and '?' any one but '/', "**/", "/**/" and "/**" any directories,
// [...] a set with ranges, negation and classes, '\' takes the next for itself. A pattern that ends in '/' is
// for directories, so for no file. A leading '!' is a byte like any other here.
class GitPattern {
 public:
  explicit GitPattern(std::string_view pattern);

  // `path` is relative to the directory of the .gitattributes file.
  bool matches(std::string_view path) const;

 private:
  enum class Kind : std::uint8_t {
    literal,
    any,       // one byte but '/'
    set,       // one byte of a set
    run,       // any bytes but '/', or none
    long_run,  // any bytes, or none
    skip,      // nothing, and the two tokens behind it may be left out: a "**/" that stands for no directory
    never,
  };
  struct Token {
    Kind kind;
    unsigned char literal = 0;
    std::size_t set = 0;  // index in sets_
  };
  using ByteSet = std::bitset<256>;
  using States = std::vector<char>;

  void compile(std::string_view wild);
  std::size_t add_stars(std::string_view wild, std::size_t begin);
  std::size_t add_bracket(std::string_view wild, std::size_t begin);
  bool fits(const Token& token, unsigned char byte) const;
  bool ends_alike(std::string_view rest) const;
  void follow_empty(States& states) const;

  bool for_name_ = false;
  std::string literal_;  // what stands before the first wildcard
  std::vector<Token> tokens_;
  std::vector<ByteSet> sets_;
};

}  // namespace modelcache
