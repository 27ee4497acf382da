// SPDX-License-Identifier: Apache-2.0
#pragma once

// The path of a file inside a repo. Promise: checked once, safe ever after: 1 to 4096 bytes, no NUL, no
// empty, "." or ".." component, no component over 255 bytes. Bytes, not text: it need not be UTF-8.

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

class RelPath {
 public:
  static std::optional<RelPath> parse(std::string_view bytes);
  // Why `bytes` is not a RelPath, in a few words; nothing when it is one.
  static std::optional<std::string_view> flaw(std::string_view bytes);

  const std::string& bytes() const noexcept { return bytes_; }
  operator std::string_view() const noexcept {
    return bytes_;
  }                                 // NOLINT: a RelPath is text wherever text is asked for
  std::string_view name() const;    // the last component
  std::string_view parent() const;  // all before it, without the slash; empty at the top
  std::size_t depth() const;        // how many directories lead to it: 0 at the top

  friend auto operator<=>(const RelPath&, const RelPath&) = default;

 private:
  explicit RelPath(std::string_view bytes) : bytes_(bytes) {}
  std::string bytes_;
};

}  // namespace modelcache
