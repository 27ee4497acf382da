// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/dir.hpp"
#include "modelcache/base/dir_open.hpp"
#include "modelcache/base/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace modelcache {

namespace {

// Removes what is below one directory. Descriptors are bounded: what lies deeper than `depth_limit` is first
// renamed up to the top, which no link can redirect since both ends are open directories.
class TreeRemover {
 public:
  explicit TreeRemover(const Dir& top) : top_(top), device_(top.own_status().device) {}

  void run() {
    do {
      moved_up_ = false;
      remove_children(top_, 0);
    } while (moved_up_);
  }

 private:
  static constexpr int depth_limit = 16;

  void remove_children(const Dir& dir, int depth) {
    // Twice over a directory that others write to; what they add later makes the final rmdir fail, as it
    // should.
    for (int pass = 0; pass < 2; ++pass) {
      const auto names = dir.names();
      if (names.empty()) return;
      for (const std::string& name : names) remove_one(dir, name, depth);
    }
  }

  void remove_one(const Dir& dir, const std::string& name, int depth) {
    if (detail::uninterrupted([&] { return ::unlinkat(dir.fd(), name.c_str(), 0); }) == 0 || errno == ENOENT)
      return;
    const int error_number = errno;
    // For a directory Linux says EISDIR, POSIX EPERM.
    if (error_number != EISDIR && error_number != EPERM)
      throw_errno(error_number, "remove", dir.path_of(name));
    const auto status = dir.find_status(name);
    if (!status) return;
    if (status->kind != FileKind::directory) throw_errno(error_number, "remove", dir.path_of(name));
    if (depth < depth_limit)
      remove_directory(dir, name, depth);
    else
      move_up(dir, name);
  }

  void remove_directory(const Dir& dir, const std::string& name, int depth) {
    if (const auto child = dir.find_dir(name)) {
      if (child->own_status().device != device_)
        throw_error(Cause::refused, "remove", dir.path_of(name), "another file system is mounted there");
      remove_children(*child, depth + 1);
    }
    if (detail::uninterrupted([&] { return ::unlinkat(dir.fd(), name.c_str(), AT_REMOVEDIR); }) != 0 &&
        errno != ENOENT)
      throw_errno(errno, "remove", dir.path_of(name));
  }

  void move_up(const Dir& dir, const std::string& name) {
    // To move a directory we must be allowed to write in it; to remove an empty one we need not.
    if (dir.remove_empty_dir(name)) return;
    // What it could replace is an empty directory that goes as well.
    const std::string above = random_hex();
    if (detail::uninterrupted([&] { return ::renameat(dir.fd(), name.c_str(), top_.fd(), above.c_str()); }) !=
            0 &&
        errno != ENOENT)
      throw_errno(errno, "remove", dir.path_of(name));
    moved_up_ = true;
  }

  const Dir& top_;
  std::uint64_t device_;
  bool moved_up_ = false;
};

}  // namespace

void Dir::remove_tree(std::string_view path) const {
  const auto top = find_dir(path);
  if (!top) return;
  if (top->own_status().device != own_status().device)
    throw_error(Cause::refused, "remove", path_of(path), "another file system is mounted there");
  TreeRemover(*top).run();
  const detail::Parent parent(fd_.get(), path);
  if (parent.error() == ENOENT) return;
  if (parent.error() != 0) detail::throw_open(parent.error(), "remove", path_of(path));
  if (detail::uninterrupted([&] { return ::unlinkat(parent.fd(), parent.name(), AT_REMOVEDIR); }) != 0 &&
      errno != ENOENT)
    throw_errno(errno, "remove", path_of(path));
}

}  // namespace modelcache
