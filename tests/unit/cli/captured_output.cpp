// SPDX-License-Identifier: Apache-2.0
#include "unit/cli/captured_output.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace modelcache::test {

namespace {

int checked(int result) {
  if (result < 0) throw std::system_error(errno, std::generic_category());
  return result;
}

// Puts `file` in the place of `fd`, and back.
class Redirection {
 public:
  Redirection(int fd, int file) : fd_(fd), before_(checked(::dup(fd))) { checked(::dup2(file, fd)); }
  ~Redirection() {
    ::dup2(before_, fd_);
    ::close(before_);
  }
  Redirection(const Redirection&) = delete;
  Redirection& operator=(const Redirection&) = delete;

 private:
  int fd_;
  int before_;
};

}  // namespace

std::string captured(int fd, const std::function<void()>& work) {
  const int file = checked(::memfd_create("captured", MFD_CLOEXEC));
  {
    const Redirection redirection(fd, file);
    work();
  }
  std::string text;
  std::array<char, 4096> buffer{};
  checked(static_cast<int>(::lseek(file, 0, SEEK_SET)));
  for (ssize_t count = 0; (count = ::read(file, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  ::close(file);
  return text;
}

}  // namespace modelcache::test
