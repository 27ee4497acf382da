// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir_open.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace modelcache::detail {

namespace {

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

int retry_openat(int directory, const char* name, int flags, unsigned mode) {
  int result = -1;
  do {
    result = ::openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW, mode);
  } while (result < 0 && errno == EINTR);
  return result;
}

int open_directly(int directory, const char* path, int flags, unsigned mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC | O_NOFOLLOW;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: a rename somewhere raced with the look-up; a few tries are enough, the walk is always there.
  for (int tries = 0; tries < 8; ++tries) {
    const long result = ::syscall(SYS_openat2, directory, path, &how, sizeof how);
    if (result >= 0 || (errno != EAGAIN && errno != EINTR)) return static_cast<int>(result);
  }
  return -1;
}

int open_walking(int directory, std::string_view path, int flags, unsigned mode) {
  Fd held;
  int here = directory;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    const CText component(path.substr(0, slash));
    if (!component.fits()) return errno = ENAMETOOLONG, -1;
    Fd next(retry_openat(here, component.get(), O_RDONLY | O_DIRECTORY, 0));
    if (!next) {
      // O_DIRECTORY on a link says ENOTDIR; tell a link from a file as openat2 does.
      char text[2];
      if (errno == ENOTDIR && ::readlinkat(here, component.get(), text, sizeof text) >= 0) errno = ELOOP;
      return -1;
    }
    held = std::move(next);
    here = held.get();
    path.remove_prefix(slash + 1);
  }
  const CText name(path);
  if (!name.fits()) return errno = ENAMETOOLONG, -1;
  return retry_openat(here, name.get(), flags, mode);
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
    // EPERM is how a container's system call filter says no; a true EPERM comes again from the walk.
    if (errno != ENOSYS && errno != EPERM && errno != EAGAIN) return -1;
    if (errno == ENOSYS) walk_only.store(true, std::memory_order_relaxed);
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
