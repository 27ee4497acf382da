// SPDX-License-Identifier: Apache-2.0
#pragma once

// An exclusive lock that other programs take too: flock(2) on a lock file, as Python's filelock does on POSIX
// (filelock 3.x and 4.x, used by huggingface_hub).
//
// Promise: while a FileLock lives, no cooperating process holds the same name. Lock files are never removed:
// a waiter may have them open.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/fd.hpp"

#include <chrono>
#include <string_view>

namespace modelcache {

class FileLock {
 public:
  // Opens (or makes, mode 0664 whatever the umask) `directory`/`name` and locks it, polling for at most
  // `wait`. A lock file that was replaced under us is opened again. Throws Error(busy) naming the file when
  // somebody else still holds it, Error(io) or Error(refused) when it cannot be opened (a planted link is not
  // followed).
  static FileLock acquire(const Dir& directory, std::string_view name, std::chrono::milliseconds wait);

  // The same on the directory `parent`/`name` itself, which is there: for a directory that only our own
  // programs lock, and that is to have no file besides its own. Throws Error(not_found) when it is gone.
  static FileLock acquire_directory(const Dir& parent, std::string_view name, std::chrono::milliseconds wait);

  // Whether somebody holds the lock now. Never makes the file and writes nothing; false when it is absent.
  static bool is_held(const Dir& directory, std::string_view name);

  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) noexcept = default;
  ~FileLock() = default;

 private:
  template <typename Open>
  static FileLock acquire_opened(const Dir& directory, std::string_view name, std::chrono::milliseconds wait,
                                 const Open& open);
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace modelcache
