// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir.hpp"
#include "modelcache/base/dir_open.hpp"
#include "modelcache/base/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace modelcache {

namespace {

using detail::Parent;

constexpr std::uint32_t lock_mode = 0664;  // huggingface_hub >= 1.4, whatever the umask

// A parent that is open, or the error of a path that cannot be reached.
class OpenParent : public Parent {
 public:
  OpenParent(const Dir& dir, std::string_view path, std::string_view verb)
      : Parent(check(dir, path, verb), path) {
    if (error() != 0) detail::throw_open(error(), verb, dir.path_of(path));
  }

 private:
  static int check(const Dir& dir, std::string_view path, std::string_view verb) {
    detail::require_path(verb, dir, path);
    return dir.fd();
  }
};

// A lock file that another user made read-only for us locks as well.
Fd open_existing_lock(int directory, std::string_view path) {
  Fd fd(detail::open_below(directory, path, O_RDWR | O_NONBLOCK | O_NOCTTY));
  if (!fd && errno == EACCES) fd = Fd(detail::open_below(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  return fd;
}

// Without RENAME_NOREPLACE: a second name, then the first one away; for a directory a rename that replaces at
// most an empty directory, which loses nothing.
bool rename_keeping(const Parent& from, const Parent& to) {
  if (detail::uninterrupted([&] { return ::linkat(from.fd(), from.name(), to.fd(), to.name(), 0); }) == 0)
    return detail::uninterrupted([&] { return ::unlinkat(from.fd(), from.name(), 0); }) == 0;
  if (errno != EPERM) return false;
  struct stat found {};
  if (::fstatat(to.fd(), to.name(), &found, AT_SYMLINK_NOFOLLOW) == 0) return errno = EEXIST, false;
  return detail::uninterrupted([&] { return ::renameat(from.fd(), from.name(), to.fd(), to.name()); }) == 0;
}

}  // namespace

bool Dir::make_dir(std::string_view path) const {
  const OpenParent parent(*this, path, "make the directory");
  if (detail::uninterrupted([&] { return ::mkdirat(parent.fd(), parent.name(), 0777); }) == 0) return true;
  const int error_number = errno;
  if (error_number == EEXIST && find_dir(path)) return false;
  throw_errno(error_number, "make the directory", path_of(path));
}

Dir Dir::make_dirs(std::string_view path) const {
  detail::require_path("make the directory", *this, path);
  if (auto there = find_dir(path)) return std::move(*there);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    make_dir(path);
    return open_dir(path);
  }
  const Dir parent = make_dirs(path.substr(0, slash));
  parent.make_dir(path.substr(slash + 1));
  return parent.open_dir(path.substr(slash + 1));
}

Dir Dir::make_parent(std::string_view path) const {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? duplicate() : make_dirs(path.substr(0, slash));
}

Fd Dir::create_file(std::string_view path, std::uint32_t mode) const {
  detail::require_path("make", *this, path);
  Fd fd(detail::open_below(fd_.get(), path, O_RDWR | O_CREAT | O_EXCL, mode));
  if (!fd) detail::throw_open(errno, "make", path_of(path));
  return fd;
}

void Dir::make_link(std::string_view text, std::string_view path) const {
  const OpenParent parent(*this, path, "make the link");
  if (text.find('\0') != std::string_view::npos)
    throw_error(Cause::refused, "make the link", path_of(path), "its text holds a NUL byte");
  const std::string target(text);
  if (detail::uninterrupted([&] { return ::symlinkat(target.c_str(), parent.fd(), parent.name()); }) != 0)
    throw_errno(errno, "make the link", path_of(path));
}

void Dir::make_hard_link(const Fd& file, std::string_view path) const {
  const OpenParent parent(*this, path, "hard-link");
  const std::string self = "/proc/self/fd/" + std::to_string(file.get());
  if (detail::uninterrupted([&] {
        return ::linkat(AT_FDCWD, self.c_str(), parent.fd(), parent.name(), AT_SYMLINK_FOLLOW);
      }) != 0)
    throw_errno(errno, "hard-link", path_of(path));
}

Fd Dir::open_lock_file(std::string_view path) const {
  detail::require_path("open the lock file", *this, path);
  // A lock file that a tool removes between the two ways is made anew.
  for (int tries = 0; tries < 8; ++tries) {
    Fd made(detail::open_below(fd_.get(), path, O_RDWR | O_CREAT | O_EXCL, lock_mode));
    if (made) {
      // EPERM is how file systems without modes answer.
      if (detail::uninterrupted([&] { return ::fchmod(made.get(), lock_mode); }) != 0 && errno != EPERM)
        throw_errno(errno, "set the mode of", path_of(path));
      return made;
    }
    if (errno != EEXIST) detail::throw_open(errno, "make the lock file", path_of(path));
    Fd there = open_existing_lock(fd_.get(), path);
    if (!there && errno == ENOENT) continue;
    if (!there) detail::throw_open(errno, "open the lock file", path_of(path));
    struct stat found {};
    if (::fstat(there.get(), &found) != 0) throw_errno(errno, "look at", path_of(path));
    if (!S_ISREG(found.st_mode))
      throw_error(Cause::refused, "open the lock file", path_of(path), "it is not a regular file");
    return there;
  }
  throw_errno(ENOENT, "open the lock file", path_of(path));
}

bool Dir::move_to(std::string_view from, const Dir& directory, std::string_view to,
                  IfExists if_exists) const {
  const OpenParent source(*this, from, "rename");
  const OpenParent target(directory, to, "rename to");
  const unsigned flags = if_exists == IfExists::keep ? RENAME_NOREPLACE : 0;
  if (detail::uninterrupted(
          [&] { return ::renameat2(source.fd(), source.name(), target.fd(), target.name(), flags); }) == 0)
    return true;
  if (errno == EINVAL && if_exists == IfExists::keep && rename_keeping(source, target)) return true;
  const int error_number = errno;
  if (if_exists == IfExists::keep && (error_number == EEXIST || error_number == ENOTEMPTY)) return false;
  throw_errno(error_number, "rename to", directory.path_of(to));
}

bool Dir::rename(std::string_view from, std::string_view to, IfExists if_exists) const {
  return move_to(from, *this, to, if_exists);
}

void Dir::remove_file(std::string_view path) const {
  const OpenParent parent(*this, path, "remove");
  if (detail::uninterrupted([&] { return ::unlinkat(parent.fd(), parent.name(), 0); }) != 0)
    throw_errno(errno, "remove", path_of(path));
}

bool Dir::remove_empty_dir(std::string_view path) const {
  detail::require_path("remove", *this, path);
  const Parent parent(fd_.get(), path);
  if (parent.error() == ENOENT) return false;
  if (parent.error() != 0) detail::throw_open(parent.error(), "remove", path_of(path));
  if (detail::uninterrupted([&] { return ::unlinkat(parent.fd(), parent.name(), AT_REMOVEDIR); }) == 0)
    return true;
  if (errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST) return false;
  throw_errno(errno, "remove", path_of(path));
}

void Dir::sync() const {
  // Some file systems cannot sync a directory and say so; an error of the disk is never passed over.
  if (detail::uninterrupted([&] { return ::fsync(fd_.get()); }) != 0 && errno != EINVAL && errno != ENOTSUP)
    throw_errno(errno, "sync", path_);
}

void Dir::sync_file(std::string_view path) const {
  const Fd file = open_file(path);
  if (detail::uninterrupted([&] { return ::fsync(file.get()); }) != 0)
    throw_errno(errno, "sync", path_of(path));
}

void Dir::sync_file_system() const {
  if (detail::uninterrupted([&] { return ::syncfs(fd_.get()); }) != 0) throw_errno(errno, "sync", path_);
}

}  // namespace modelcache
