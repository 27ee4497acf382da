// SPDX-License-Identifier: Apache-2.0
#include "support/child.hpp"

#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <exception>
#include <system_error>
#include <vector>

namespace modelcache::test {

namespace {

constexpr uid_t nobody = 65534;

void require(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

std::string told(const std::function<std::string()>& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    return std::string("exception: ") + error.what();
  }
}

std::string read_all(int number) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::read(number, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  return text;
}

unsigned failure(int error_number) {
  return static_cast<unsigned>(SECCOMP_RET_ERRNO) | static_cast<unsigned>(error_number);
}

void install(std::vector<sock_filter> filter) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "prctl");
  require(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "prctl");
}

}  // namespace

std::string in_child(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  require(::pipe(ends.data()) == 0, "pipe");
  const pid_t child = ::fork();
  require(child >= 0, "fork");
  if (child == 0) {
    const std::string text = told(work);
    // Not write(2): a test may have denied it.
    const iovec whole{const_cast<char*>(text.data()), text.size()};
    const ssize_t written = ::writev(ends[1], &whole, 1);
    ::_exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  const std::string text = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  require(::waitpid(child, &status, 0) == child, "waitpid");
  if (WIFSIGNALED(status)) return "died of signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return "ended with status " + std::to_string(WEXITSTATUS(status));
  return text;
}

void deny_system_call(long number, int error_number) {
  install({
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, failure(error_number)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  });
}

void deny_system_call_on(int descriptor, long number, int error_number) {
  constexpr unsigned low_half = std::endian::native == std::endian::little ? 0 : 4;
  install({
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + low_half),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(descriptor), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, failure(error_number)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  });
}

void become_nobody() {
  require(::setgroups(0, nullptr) == 0, "setgroups");
  require(::setresgid(nobody, nobody, nobody) == 0, "setresgid");
  require(::setresuid(nobody, nobody, nobody) == 0, "setresuid");
}

}  // namespace modelcache::test
