// SPDX-License-Identifier: Apache-2.0
#pragma once

// A text as git takes it in: each CR LF becomes LF. Promise: the bytes that `git hash-object --path` of
// git 2.39 hashes for a file with text=auto, or with text; one piece or many make no difference.

#include <cstdint>
#include <string>
#include <string_view>

namespace modelcache {

class LineEndConversion {
 public:
  // The next piece of the file as git takes it; a CR at its end comes with the next one.
  std::string convert(std::string_view piece);
  // What is left at the end.
  std::string finish();
  // Whether git takes what has come for no text, so that text=auto changes nothing.
  bool is_binary() const;

 private:
  void count(char c);

  bool has_return_ = false;  // a CR that nothing followed yet
  char last_ = 0;
  std::uint64_t printable_ = 0;
  std::uint64_t unprintable_ = 0;
  bool has_lone_return_ = false;
  bool has_zero_ = false;
};

}  // namespace modelcache
