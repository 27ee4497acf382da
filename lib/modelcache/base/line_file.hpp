// SPDX-License-Identifier: Apache-2.0
#pragma once

// The lines of a file that the user names, one after another. Promise: a block and one line are held,
// whatever the file is, and no descriptor between two blocks; a line that has no end or is too long is
// refused, and so is a file that becomes another one meanwhile.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

class LineFile {
 public:
  // Opens nothing yet. `block` bytes are read at a time; a line has at most `longest` bytes.
  LineFile(std::string path, std::size_t block, std::size_t longest);

  // Without its newline, valid until the next call; nothing behind the last one. Throws Error(not_found) when
  // no file is there, Error(refused) that names the line.
  std::optional<std::string_view> next();
  // Of the line that next() gave, or refused, last; from 1.
  std::uint64_t number() const noexcept { return number_; }
  const std::string& path() const noexcept { return path_; }
  // Back to the first line.
  void rewind();
  // Always throws Error(refused) that names the file and the line that next() gave last.
  [[noreturn]] void refuse(std::string_view reason) const;

 private:
  // By which it is still the same file.
  struct State {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;

    friend bool operator==(const State&, const State&) = default;
  };

  bool read_block();

  std::string path_;
  std::size_t block_;
  std::size_t longest_;
  std::optional<State> state_;
  std::string buffer_;
  std::size_t begin_ = 0;  // in buffer_
  std::uint64_t offset_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace modelcache
