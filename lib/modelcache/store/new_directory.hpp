// SPDX-License-Identifier: Apache-2.0
#pragma once

// A directory that appears under its name whole, or not at all:
//
//   PARENT/.<name>.modelcache-incomplete   where it grows, locked; a run that died leaves it to the next one
//   PARENT/<name>                          after publish()
//
// Promise: until publish() nothing has the name, and on its return all that is below is on disk.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/file_lock.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace modelcache {

class NewDirectory {
 public:
  // `path` is absolute and leads to nothing; directories on the way are made. What a run before left is taken
  // over as it is: who trusts a file in it has to check it first. Throws Error(busy) after `wait` while
  // another run of ours fills it.
  NewDirectory(const std::string& path, std::chrono::milliseconds wait);
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;
  // Not published: what is there stays for the next run, an empty directory goes.
  ~NewDirectory();

  const Dir& dir() const noexcept { return *dir_; }
  // Where it grows, for messages.
  const std::string& staging_path() const noexcept { return dir_->path(); }

  // Throws Error(refused) when something has the name meanwhile; then nothing is changed.
  void publish();
  // Removes all that was made.
  void discard();

 private:
  std::string name_;
  std::string staging_;
  std::optional<Dir> parent_;
  std::optional<Dir> dir_;
  std::optional<FileLock> lock_;
  bool is_published_ = false;
};

// Opens the directory `path`, absolute, after making it and all on the way to it.
Dir make_directories(const std::string& path);
// The closest directory on the way to `path` that is there.
std::string existing_ancestor(const std::string& path);

}  // namespace modelcache
