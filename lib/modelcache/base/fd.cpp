// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/fd.hpp"

#include "modelcache/base/error.hpp"

#include <unistd.h>

#include <cerrno>

namespace modelcache {

namespace {

// Owners go while the errno of an earlier call is still on its way to a message.
void close_silently(int number) noexcept {
  const int error_number = errno;
  if (number >= 0) ::close(number);
  errno = error_number;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    close_silently(number_);
    number_ = other.release();
  }
  return *this;
}

Fd::~Fd() {
  close_silently(number_);
}

void Fd::close(std::string_view path) {
  // Never tried again: on Linux the descriptor is gone even after EINTR, and may be somebody else's by now.
  if (::close(release()) != 0 && errno != EINTR) throw_errno(errno, "close", path);
}

}  // namespace modelcache
