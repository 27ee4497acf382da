// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/file_lock.hpp"

#include "modelcache/base/dir_open.hpp"
#include "modelcache/base/error.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <thread>

namespace modelcache {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds longest_pause{50};  // how often filelock asks
constexpr std::chrono::hours longest_wait{24 * 365};    // a deadline must fit the clock

// Whether `name` still leads to the file that we hold: a tool that removes lock files may have replaced it.
bool is_current(const Dir& directory, std::string_view name, const Fd& fd) {
  struct stat held {};
  if (::fstat(fd.get(), &held) != 0) throw_errno(errno, "look at", directory.path_of(name));
  const auto named = directory.find_status(name);
  return held.st_nlink != 0 && named && named->inode == held.st_ino && named->device == held.st_dev;
}

// 0 when locked, EWOULDBLOCK when somebody holds it; anything else is thrown.
int try_flock(const Dir& directory, std::string_view name, const Fd& fd, int operation) {
  while (::flock(fd.get(), operation | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return EWOULDBLOCK;
    // Without flock on this file system nobody can lock: the clients go on as well.
    if (errno == ENOSYS || errno == EOPNOTSUPP) return 0;
    throw_errno(errno, "lock", directory.path_of(name));
  }
  return 0;
}

}  // namespace

template <typename Open>
FileLock FileLock::acquire_opened(const Dir& directory, std::string_view name, std::chrono::milliseconds wait,
                                  const Open& open) {
  const auto deadline = Clock::now() + std::min<std::chrono::milliseconds>(wait, longest_wait);
  std::chrono::milliseconds pause{1};
  while (true) {
    Fd fd = open();
    bool locked = false;
    while (!(locked = try_flock(directory, name, fd, LOCK_EX) == 0)) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
      if (left.count() <= 0)
        throw_error(Cause::busy, "lock", directory.path_of(name), "another program holds it", EWOULDBLOCK);
      std::this_thread::sleep_for(std::min(pause, left + std::chrono::milliseconds(1)));
      pause = std::min(pause * 2, longest_pause);
      if (!is_current(directory, name, fd)) break;
    }
    if (locked && is_current(directory, name, fd)) return FileLock(std::move(fd));
    if (Clock::now() > deadline + std::chrono::seconds(1))
      throw_error(Cause::busy, "lock", directory.path_of(name), "the lock file is replaced again and again");
  }
}

FileLock FileLock::acquire(const Dir& directory, std::string_view name, std::chrono::milliseconds wait) {
  return acquire_opened(directory, name, wait, [&] { return directory.open_lock_file(name); });
}

FileLock FileLock::acquire_directory(const Dir& parent, std::string_view name,
                                     std::chrono::milliseconds wait) {
  return acquire_opened(parent, name, wait, [&] {
    const auto directory = parent.find_dir(name);
    if (!directory) throw_error(Cause::not_found, "lock", parent.path_of(name), "it is not there");
    Fd same(::fcntl(directory->fd(), F_DUPFD_CLOEXEC, 0));
    if (!same) throw_errno(errno, "lock", parent.path_of(name));
    return same;
  });
}

bool FileLock::is_held(const Dir& directory, std::string_view name) {
  const auto fd = directory.find_file(name);
  if (!fd) return false;
  // A shared lock fails only while somebody holds the exclusive one; closing the file gives ours back.
  return try_flock(directory, name, *fd, LOCK_SH) == EWOULDBLOCK;
}

}  // namespace modelcache
