// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir.hpp"

#include "modelcache/base/dir_open.hpp"
#include "modelcache/base/error.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace modelcache {

namespace {

constexpr std::size_t path_limit = 4096;
constexpr std::size_t component_limit = 255;

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::file;
  if (S_ISDIR(mode)) return FileKind::directory;
  if (S_ISLNK(mode)) return FileKind::link;
  return FileKind::other;
}

Status status_of(const struct stat& from) {
  Status status;
  status.kind = kind_of(from.st_mode);
  status.size = static_cast<std::uint64_t>(from.st_size);
  status.allocated = static_cast<std::uint64_t>(from.st_blocks) * 512;
  status.device = from.st_dev;
  status.inode = from.st_ino;
  status.links = from.st_nlink;
  status.mode = from.st_mode & 07777;
  status.owner = from.st_uid;
  status.group = from.st_gid;
  status.accessed = from.st_atim;
  status.modified = from.st_mtim;
  status.changed = from.st_ctim;
  return status;
}

}  // namespace

bool is_before(const timespec& one, const timespec& other) {
  return std::pair(one.tv_sec, one.tv_nsec) < std::pair(other.tv_sec, other.tv_nsec);
}

bool is_same_file(const Status& one, const Status& other) {
  return one.inode == other.inode && one.device == other.device && one.size == other.size &&
         one.changed.tv_sec == other.changed.tv_sec && one.changed.tv_nsec == other.changed.tv_nsec;
}

std::optional<std::string_view> path_flaw(std::string_view path) {
  if (path.empty()) return "the path is empty";
  if (path.size() > path_limit) return "the path is longer than 4096 bytes";
  if (path.find('\0') != std::string_view::npos) return "the path holds a NUL byte";
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (component.empty()) return "the path has an empty component";
    if (component == "." || component == "..") return "the path has a component '.' or '..'";
    if (component.size() > component_limit) return "the path has a component longer than 255 bytes";
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
  }
}

using detail::Parent;
using detail::throw_open;

Dir Dir::open_root(const std::string& path) {
  if (path.find('\0') != std::string::npos)
    throw_error(Cause::not_found, "open", path, "there is nothing of this name");
  const int number =
      detail::uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (number >= 0) return {Fd(number), path};
  const int error_number = errno;
  if (error_number == ENOENT) throw_error(Cause::not_found, "open", path, "there is nothing of this name");
  struct stat found {};
  if (error_number == ENOTDIR && ::stat(path.c_str(), &found) == 0)
    throw_error(Cause::usage, "open", path, "it is not a directory");
  if (error_number == ENOTDIR) throw_error(Cause::not_found, "open", path, "there is nothing of this name");
  throw_errno(error_number, "open", path);
}

std::optional<Dir> Dir::find_root(const std::string& path) {
  try {
    return open_root(path);
  } catch (const Error& error) {
    if (error.cause() == Cause::not_found) return {};
    throw;
  }
}

std::string Dir::path_of(std::string_view name) const {
  std::string path = path_;
  if (path.empty() || path.back() != '/') path += '/';
  return path.append(name);
}

std::optional<Dir> Dir::find_dir(std::string_view path) const {
  detail::require_path("open", *this, path);
  Fd fd(detail::open_below(fd_.get(), path, O_RDONLY | O_DIRECTORY));
  if (fd) return Dir(std::move(fd), path_of(path));
  const int error_number = errno;
  if (error_number == ENOENT) return {};
  throw_open(error_number, "open", path_of(path));
}

Dir Dir::open_dir(std::string_view path) const {
  if (auto dir = find_dir(path)) return std::move(*dir);
  throw_errno(ENOENT, "open", path_of(path));
}

Dir Dir::duplicate() const {
  Fd fd(detail::open_below(fd_.get(), ".", O_RDONLY | O_DIRECTORY));
  if (!fd) throw_errno(errno, "open", path_);
  return {std::move(fd), path_};
}

std::optional<Fd> Dir::find_file(std::string_view path) const {
  detail::require_path("open", *this, path);
  Fd fd(detail::open_below(fd_.get(), path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    const int error_number = errno;
    if (error_number == ENOENT) return {};
    if (error_number == ENXIO) throw_error(Cause::refused, "read", path_of(path), "it is not a regular file");
    throw_open(error_number, "read", path_of(path));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_errno(errno, "look at", path_of(path));
  if (!S_ISREG(status.st_mode))
    throw_error(Cause::refused, "read", path_of(path), "it is not a regular file");
  return fd;
}

Fd Dir::open_file(std::string_view path) const {
  if (auto fd = find_file(path)) return std::move(*fd);
  throw_errno(ENOENT, "read", path_of(path));
}

std::optional<std::string> Dir::find_content(std::string_view path, std::size_t limit) const {
  const auto fd = find_file(path);
  if (!fd) return {};
  std::string content;
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t count = ::read(fd->get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(errno, "read", path_of(path));
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > limit)
      throw_error(Cause::refused, "read", path_of(path),
                  "it is longer than " + std::to_string(limit) + " bytes");
  }
}

std::string Dir::read_file(std::string_view path, std::size_t limit) const {
  if (auto content = find_content(path, limit)) return std::move(*content);
  throw_errno(ENOENT, "read", path_of(path));
}

std::optional<std::string_view> Dir::find_link(std::string_view path, std::span<char> buffer) const {
  detail::require_path("read the link", *this, path);
  const Parent parent(fd_.get(), path);
  if (parent.error() == ENOENT) return {};
  if (parent.error() != 0) throw_open(parent.error(), "read the link", path_of(path));
  const ssize_t size = ::readlinkat(parent.fd(), parent.name(), buffer.data(), buffer.size());
  if (size >= 0) return std::string_view(buffer.data(), static_cast<std::size_t>(size));
  if (errno == ENOENT || errno == EINVAL) return {};
  throw_errno(errno, "read the link", path_of(path));
}

std::optional<std::string> Dir::find_link(std::string_view path) const {
  std::array<char, path_limit + 1> buffer;
  const auto text = find_link(path, buffer);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::string Dir::read_link(std::string_view path, std::size_t limit) const {
  auto text = find_link(path);
  if (!text && !find_status(path)) throw_errno(ENOENT, "read the link", path_of(path));
  if (!text) throw_error(Cause::refused, "read the link", path_of(path), "it is not a symbolic link");
  if (text->size() > limit)
    throw_error(Cause::refused, "read the link", path_of(path), "its text is too long");
  return std::move(*text);
}

std::optional<Status> Dir::find_status(std::string_view path) const {
  detail::require_path("look at", *this, path);
  const Parent parent(fd_.get(), path);
  if (parent.error() == ENOENT) return {};
  if (parent.error() != 0) throw_open(parent.error(), "look at", path_of(path));
  struct stat found {};
  if (::fstatat(parent.fd(), parent.name(), &found, AT_SYMLINK_NOFOLLOW) == 0) return status_of(found);
  if (errno == ENOENT) return {};
  throw_errno(errno, "look at", path_of(path));
}

Status Dir::status(std::string_view path) const {
  if (const auto found = find_status(path)) return *found;
  throw_errno(ENOENT, "look at", path_of(path));
}

Status Dir::own_status() const {
  struct stat found {};
  if (::fstat(fd_.get(), &found) != 0) throw_errno(errno, "look at", path_);
  return status_of(found);
}

void Dir::for_each(const std::function<void(const Item&)>& visit) const {
  alignas(dirent64) std::array<char, 32768> buffer;
  // A directory just opened stands at its start.
  if (std::exchange(was_listed_, true) && ::lseek(fd_.get(), 0, SEEK_SET) < 0)
    throw_errno(errno, "list", path_);
  while (true) {
    const long size = ::syscall(SYS_getdents64, fd_.get(), buffer.data(), buffer.size());
    // ENOENT: the directory was removed while it is open; there is nothing in it any more.
    if (size == 0 || (size < 0 && errno == ENOENT)) return;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw_errno(errno, "list", path_);
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      const std::string_view name(entry->d_name);
      if (name == "." || name == "..") continue;
      FileKind kind = FileKind::other;
      if (entry->d_type == DT_REG) kind = FileKind::file;
      if (entry->d_type == DT_DIR) kind = FileKind::directory;
      if (entry->d_type == DT_LNK) kind = FileKind::link;
      if (entry->d_type == DT_UNKNOWN) {
        const auto status = find_status(name);
        if (!status) continue;
        kind = status->kind;
      }
      visit(Item{name, kind});
    }
  }
}

std::vector<std::string> Dir::names() const {
  std::vector<std::string> names;
  for_each([&](const Item& item) { names.emplace_back(item.name); });
  std::sort(names.begin(), names.end());
  return names;
}

std::uint64_t Dir::free_bytes() const {
  struct statvfs found {};
  if (::fstatvfs(fd_.get(), &found) != 0) throw_errno(errno, "look at the file system of", path_);
  return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
}

}  // namespace modelcache
