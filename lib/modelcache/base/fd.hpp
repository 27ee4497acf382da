// SPDX-License-Identifier: Apache-2.0
#pragma once

// Fd owns a file descriptor. Promise: it is closed exactly once; close() reports what the kernel says, the
// destructor cannot.

#include <string_view>
#include <utility>

namespace modelcache {

class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int number) noexcept : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();

  int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

  // Gives the number away; the caller closes it.
  int release() noexcept { return std::exchange(number_, -1); }

  // Throws Error(io) naming `path` when the kernel reports a late write error; closed in any case.
  void close(std::string_view path);

 private:
  int number_ = -1;
};

}  // namespace modelcache
