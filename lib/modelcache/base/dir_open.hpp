// SPDX-License-Identifier: Apache-2.0
#pragma once

// How Dir reaches a path of several components. Promise: both ways refuse every link on the way and at its
// end.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/fd.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

namespace modelcache::detail {

enum class OpenWay {
  automatic,  // openat2 where the kernel has it and no filter forbids it, else walk
  walk,       // one openat with O_NOFOLLOW per component
};
// For tests, and for them alone: from now on in this process.
void set_open_way(OpenWay way) noexcept;

// Opens `path` below `directory` with `flags` (O_CLOEXEC and O_NOFOLLOW are added); returns the descriptor or
// -1 with errno set: ELOOP for a link anywhere on the way. `path` has no flaw (path_flaw).
int open_below(int directory, std::string_view path, int flags, unsigned mode = 0) noexcept;

// Calls again while a signal, and nothing else, was in the way.
template <typename Call>
auto uninterrupted(const Call& call) -> decltype(call()) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// The directory that holds the last component of a path, and that component with its terminating zero.
class Parent {
 public:
  // `path` has no flaw.
  Parent(int directory, std::string_view path) noexcept;

  int fd() const noexcept { return fd_; }
  const char* name() const noexcept { return name_.data(); }
  int error() const noexcept { return error_; }  // errno of opening the directory, 0 when it is open

 private:
  Fd opened_;
  int fd_;
  int error_ = 0;
  std::array<char, 256> name_;
};

// Throws Error(refused) when `path` has a flaw.
void require_path(std::string_view verb, const Dir& dir, std::string_view path);
// Error(refused) for what leads through links or out of the root, Error(io) for the rest; errno is kept.
[[noreturn]] void throw_open(int error_number, std::string_view verb, const std::string& path);

}  // namespace modelcache::detail
