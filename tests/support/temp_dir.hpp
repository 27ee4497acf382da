// SPDX-License-Identifier: Apache-2.0
#pragma once

// A directory of one test. Promise: it is new and empty, nothing in it is made or read through the code under
// test, and it is gone afterwards, however deep or odd its content is.

#include "modelcache/base/dir.hpp"

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

namespace modelcache::test {

class TempDir {
 public:
  // Below `parent`, or where temporary files go.
  explicit TempDir(const std::string& parent = {});
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::string path(std::string_view name) const;
  // The directory as the code under test sees it.
  Dir open() const { return Dir::open_root(path_); }

  // `name` is relative; the directories on its way are made. Each throws std::system_error.
  void make_dir(std::string_view name) const;
  void write(std::string_view name, std::string_view content) const;
  void link(std::string_view text, std::string_view name) const;
  void fifo(std::string_view name) const;

  bool exists(std::string_view name) const;
  struct stat status(std::string_view name) const;  // of the name itself
  unsigned mode(std::string_view name) const;       // permission bits
  std::string read(std::string_view name) const;
  std::string read_link(std::string_view name) const;
  std::vector<std::string> names(std::string_view name = {}) const;  // sorted

 private:
  std::string path_;
};

// The umask of the process, and back to what it was.
class Umask {
 public:
  explicit Umask(mode_t mask);
  ~Umask();
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  mode_t before_;
};

}  // namespace modelcache::test
