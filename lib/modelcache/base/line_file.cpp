// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/line_file.hpp"

#include "modelcache/base/dir_open.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/fd.hpp"
#include "modelcache/base/user_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace modelcache {

LineFile::LineFile(std::string path, std::size_t block, std::size_t longest)
    : path_(std::move(path)), block_(block), longest_(longest) {}

std::optional<std::string_view> LineFile::next() {
  std::size_t searched = begin_;
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched);
    const std::size_t size = (end == std::string::npos ? buffer_.size() : end) - begin_;
    if (size > longest_) {
      ++number_;
      refuse("it has more than " + std::to_string(longest_) + " bytes");
    }
    if (end != std::string::npos) {
      ++number_;
      const std::string_view line = std::string_view(buffer_).substr(begin_, size);
      begin_ = end + 1;
      return line;
    }
    buffer_.erase(0, std::exchange(begin_, 0));
    searched = buffer_.size();
    if (read_block()) continue;
    if (buffer_.empty()) return {};
    ++number_;
    refuse("it has no end");
  }
}

void LineFile::rewind() {
  buffer_.clear();
  begin_ = 0;
  offset_ = 0;
  number_ = 0;
}

void LineFile::refuse(std::string_view reason) const {
  throw_error(Cause::refused, "read", path_, "line " + std::to_string(number_) + ": " + std::string(reason));
}

// False at the end. Many of these may be read at a time, so none keeps its file open.
bool LineFile::read_block() {
  const Fd file = open_user_file(path_);
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) throw_errno(errno, "look at", path_);
  const State state{found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size)};
  if (state_ && *state_ != state)
    throw_error(Cause::refused, "read", path_, "it was changed while it was read");
  state_ = state;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + block_);
  const ssize_t count = detail::uninterrupted(
      [&] { return ::pread(file.get(), buffer_.data() + before, block_, static_cast<off_t>(offset_)); });
  const int failure = errno;
  buffer_.resize(before + static_cast<std::size_t>(count < 0 ? 0 : count));
  if (count < 0) throw_errno(failure, "read", path_);
  offset_ += static_cast<std::uint64_t>(count);
  return count > 0;
}

}  // namespace modelcache
