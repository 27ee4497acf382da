// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir_open.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace modelcache::detail {

namespace {

constexpr int race_tries = 8;  // when a rename somewhere comes in between

std::atomic<bool> walk_only{false};

// A component or a whole path as the kernel wants it, without an allocation.
class CText {
 public:
  explicit CText(std::string_view text) {
    if (text.size() >= buffer_.size()) return;
    std::memcpy(buffer_.data(), text.data(), text.size());
    buffer_[text.size()] = '\0';
    fits_ = true;
  }
  const char* get() const { return buffer_.data(); }
  bool fits() const { return fits_; }

 private:
  std::array<char, 4097> buffer_;
  bool fits_ = false;
};

int open_component(int directory, const char* name, int flags, unsigned mode) {
  // O_DIRECTORY on a link says ENOTDIR; tell a link from a file as openat2 does. A directory that is found
  // then was exchanged in between, and is tried again.
  for (int tries = 0; tries < race_tries; ++tries) {
    const int result =
        uninterrupted([&] { return ::openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW, mode); });
    if (result >= 0 || errno != ENOTDIR || (flags & O_DIRECTORY) == 0) return result;
    struct stat found {};
    if (::fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return -1;
    if (S_ISDIR(found.st_mode)) continue;
    errno = S_ISLNK(found.st_mode) ? ELOOP : ENOTDIR;
    return -1;
  }
  errno = ELOOP;
  return -1;
}

int open_directly(int directory, const char* path, int flags, unsigned mode) {
  open_how how{};
  // Without O_NOFOLLOW a link at the end is refused as one on the way is, also where O_DIRECTORY is asked
  // for.
  how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: a rename somewhere raced with the look-up; a few tries are enough, the walk is always there.
  for (int tries = 0; tries < race_tries; ++tries) {
    const long result =
        uninterrupted([&] { return ::syscall(SYS_openat2, directory, path, &how, sizeof how); });
    if (result >= 0 || errno != EAGAIN) return static_cast<int>(result);
  }
  return -1;
}

int open_walking(int directory, std::string_view path, int flags, unsigned mode) {
  Fd held;
  int here = directory;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    const CText component(path.substr(0, slash));
    if (!component.fits()) return errno = ENAMETOOLONG, -1;
    Fd next(open_component(here, component.get(), O_RDONLY | O_DIRECTORY, 0));
    if (!next) return -1;
    held = std::move(next);
    here = held.get();
    path.remove_prefix(slash + 1);
  }
  const CText name(path);
  if (!name.fits()) return errno = ENAMETOOLONG, -1;
  return open_component(here, name.get(), flags, mode);
}

// EPERM is how a container's system call filter says no; it may also be about one file.
bool is_forbidden(int directory) {
  const Fd probe(open_directly(directory, ".", O_RDONLY | O_DIRECTORY, 0));
  return !probe && errno == EPERM;
}

}  // namespace

void set_open_way(OpenWay way) noexcept {
  walk_only = way == OpenWay::walk;
}

int open_below(int directory, std::string_view path, int flags, unsigned mode) noexcept {
  if (path.find('/') != std::string_view::npos && !walk_only.load(std::memory_order_relaxed)) {
    const CText text(path);
    if (!text.fits()) return errno = ENAMETOOLONG, -1;
    const int result = open_directly(directory, text.get(), flags, mode);
    if (result >= 0) return result;
    // The walk says a true EPERM again, and takes the longest path, for which the kernel has no room.
    if (errno != ENOSYS && errno != EPERM && errno != EAGAIN && errno != ENAMETOOLONG) return -1;
    if (errno == ENOSYS || (errno == EPERM && is_forbidden(directory)))
      walk_only.store(true, std::memory_order_relaxed);
  }
  return open_walking(directory, path, flags, mode);
}

Parent::Parent(int directory, std::string_view path) noexcept : fd_(directory) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) {
    opened_ = Fd(open_below(directory, path.substr(0, slash), O_RDONLY | O_DIRECTORY));
    error_ = opened_ ? 0 : errno;
    fd_ = opened_.get();
    path.remove_prefix(slash + 1);
  }
  std::memcpy(name_.data(), path.data(), path.size());
  name_[path.size()] = '\0';
}

void require_path(std::string_view verb, const Dir& dir, std::string_view path) {
  if (const auto flaw = path_flaw(path)) throw_error(Cause::refused, verb, dir.path_of(path), *flaw);
}

void throw_open(int error_number, std::string_view verb, const std::string& path) {
  std::string_view reason;
  if (error_number == ELOOP) reason = "a symbolic link is in the way";
  if (error_number == EXDEV) reason = "it leads out of its root";
  if (reason.empty()) throw_errno(error_number, verb, path);
  throw Error(Cause::refused,
              "cannot " + std::string(verb) + " '" + terminal_safe(path) + "': " + std::string(reason),
              error_number);
}

}  // namespace modelcache::detail
