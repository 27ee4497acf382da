// SPDX-License-Identifier: Apache-2.0
#pragma once

// An open directory and everything below it.
//
// Promise: no call ever leaves the tree under the root or follows a symbolic link, however the tree is
// changed while we look. Links are data here: read_link() returns their text, nothing resolves it.
//
// Paths are bytes relative to this directory: '/' between components, no empty, "." or ".." component, no
// NUL. A path that breaks this is refused (Cause::refused) before any system call. Other failures throw
// Error(io) with the errno kept, except where a function says that it returns nothing.

#include "modelcache/base/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

enum class FileKind { file, directory, link, other };

// What lstat says. Sizes in bytes; `allocated` is what the file system gives back when the last name goes.
struct Status {
  FileKind kind = FileKind::other;
  std::uint64_t size = 0;
  std::uint64_t allocated = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
  std::uint32_t mode = 0;  // permission bits only
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  timespec accessed{};
  timespec modified{};
  timespec changed{};
};

bool is_before(const timespec& one, const timespec& other);

// Whether what was looked at twice is one file that nobody changed in between, by either name.
bool is_same_file(const Status& one, const Status& other);

// Why `path` cannot name something below a root; nothing when it can.
std::optional<std::string_view> path_flaw(std::string_view path);

class Dir {
 public:
  struct Item {
    std::string_view name;  // one component; valid during the visit only
    FileKind kind;
  };

  // Opens the user's own path: links on the way are followed. Throws Error(not_found) when nothing is there,
  // Error(usage) when it is not a directory.
  static Dir open_root(const std::string& path);
  static std::optional<Dir> find_root(const std::string& path);  // nothing when nothing is there

  // As typed by the user or as reached from there; for messages only.
  const std::string& path() const noexcept { return path_; }
  // path() and `name` joined, for messages only.
  std::string path_of(std::string_view name) const;
  int fd() const noexcept { return fd_.get(); }

  Dir open_dir(std::string_view path) const;
  std::optional<Dir> find_dir(
      std::string_view path) const;  // nothing when absent; throws if it is not a directory
  Dir duplicate() const;             // the same directory again, with its own position

  // Regular files only, for reading; never blocks on a FIFO. Anything else: Error(refused).
  Fd open_file(std::string_view path) const;
  std::optional<Fd> find_file(std::string_view path) const;  // nothing when absent

  // The whole content of a regular file. Longer than `limit` bytes: Error(refused).
  std::string read_file(std::string_view path, std::size_t limit) const;
  std::optional<std::string> find_content(std::string_view path, std::size_t limit) const;

  // The text of a link. Longer than `limit` bytes, or not a link: Error(refused).
  std::string read_link(std::string_view path, std::size_t limit = 4096) const;
  std::optional<std::string> find_link(std::string_view path) const;  // nothing when absent or not a link
  // The same into the caller's buffer, for loops over many links; a text that does not fit is cut.
  std::optional<std::string_view> find_link(std::string_view path, std::span<char> buffer) const;

  Status status(std::string_view path) const;  // of the name itself, never of a link's target
  std::optional<Status> find_status(std::string_view path) const;
  Status own_status() const;

  // Calls visit for each entry but "." and ".."; order unspecified; one iteration at a time on one Dir.
  void for_each(const std::function<void(const Item&)>& visit) const;
  std::vector<std::string> names() const;  // sorted bytewise

  // Creates a directory, mode 0777 less the umask; true when it was made now, false when a directory was
  // there.
  bool make_dir(std::string_view path) const;
  Dir make_dirs(std::string_view path) const;  // with all parents; returns it open
  // The directory that holds `path`, made as by make_dirs() where it is not there.
  Dir make_parent(std::string_view path) const;
  // A new regular file for writing and reading; O_EXCL: Error(io) with EEXIST when the name is taken.
  Fd create_file(std::string_view path, std::uint32_t mode = 0666) const;
  void make_link(std::string_view text, std::string_view path) const;  // EEXIST when the name is taken
  void make_hard_link(const Fd& file,
                      std::string_view path) const;  // EEXIST, EXDEV, EPERM as the kernel says
  // An empty or existing file to lock: O_CREAT, O_NOFOLLOW, mode exactly 0664 when it is made now.
  Fd open_lock_file(std::string_view path) const;

  enum class IfExists { replace, keep };
  // Renames within this tree. keep: returns false, with nothing changed, when `to` exists.
  bool rename(std::string_view from, std::string_view to, IfExists if_exists) const;
  // The same into another directory on this file system.
  bool move_to(std::string_view from, const Dir& directory, std::string_view to, IfExists if_exists) const;

  void remove_file(std::string_view path) const;       // a file or link, not a directory
  bool remove_empty_dir(std::string_view path) const;  // false when it is not empty or absent
  // Removes a directory with all below it, children through their own descriptors, names last; absent:
  // nothing. Stays on this device; throws at the first thing that cannot be removed.
  void remove_tree(std::string_view path) const;

  // Names made or removed so far in this directory survive a power cut.
  void sync() const;
  // The content of a regular file below survives a power cut; its name may not yet.
  void sync_file(std::string_view path) const;
  // The same of everything on its file system, contents included: one barrier for many files. Throws
  // Error(io) also for an error of the disk that somebody else's file met since this directory was opened.
  void sync_file_system() const;

  // Bytes free for us on this file system.
  std::uint64_t free_bytes() const;

 private:
  Dir(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Fd fd_;
  std::string path_;
  mutable bool was_listed_ = false;
};

}  // namespace modelcache
