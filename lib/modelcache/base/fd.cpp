// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/fd.hpp"

#include "modelcache/base/error.hpp"

#include <unistd.h>

#include <cerrno>

namespace modelcache {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (number_ >= 0) ::close(number_);
    number_ = other.release();
  }
  return *this;
}

Fd::~Fd() {
  if (number_ >= 0) ::close(number_);
}

void Fd::close(std::string_view path) {
  // Never tried again: on Linux the descriptor is gone even after EINTR, and may be somebody else's by now.
  if (::close(release()) != 0 && errno != EINTR) throw_errno(errno, "close", path);
}

}  // namespace modelcache
