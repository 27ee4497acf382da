// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/atomic_file.hpp"

#include "modelcache/base/dir_open.hpp"
#include "modelcache/base/error.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace modelcache {

namespace {

constexpr std::string_view suffix = ".incomplete";
constexpr std::size_t name_limit = 255;
constexpr int name_tries = 16;

std::string temporary_name(std::string_view target) {
  const std::size_t slash = target.rfind('/');
  if (slash != std::string_view::npos) target.remove_prefix(slash + 1);
  const std::size_t room = name_limit - suffix.size() - 9;
  return std::string(target.substr(0, room)) + "." + random_hex() + std::string(suffix);
}

// Calls `make` with new names until one is free. Whatever else is in the way is told about the target, since
// the user knows no other name.
template <typename Make>
std::string make_temporary(std::string_view verb, const Dir& directory, const std::string& target,
                           const Make& make) {
  for (int tries = 1;; ++tries) {
    std::string name = temporary_name(target);
    try {
      make(name);
      return name;
    } catch (const Error& error) {
      if (error.error_number() == 0) throw;
      if (error.error_number() != EEXIST || tries == name_tries)
        throw_errno(error.error_number(), verb, directory.path_of(target));
    }
  }
}

}  // namespace

std::string random_hex() {
  static constexpr char digits[] = "0123456789abcdef";
  std::array<unsigned char, 4> bytes{};
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = ::getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(errno, "read", "the kernel's random source");
    filled += static_cast<std::size_t>(count);
  }
  std::string text;
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

AtomicFile::AtomicFile(const Dir& staging, const Dir& directory, std::string_view target, std::uint32_t mode)
    : staging_(staging), directory_(directory), target_(target) {
  detail::require_path("make", directory_, target_);
  temporary_ = make_temporary("make", directory_, target_,
                              [&](const std::string& name) { fd_ = staging_.create_file(name, mode); });
}

AtomicFile::~AtomicFile() {
  discard();
}

void AtomicFile::discard() noexcept {
  if (temporary_.empty()) return;
  detail::uninterrupted([&] { return ::unlinkat(staging_.fd(), temporary_.c_str(), 0); });
  temporary_.clear();
}

void AtomicFile::set_mode(std::uint32_t mode) {
  if (detail::uninterrupted([&] { return ::fchmod(fd_.get(), mode); }) != 0)
    throw_errno(errno, "change the mode of", directory_.path_of(target_));
}

void AtomicFile::set_modified(const timespec& time) {
  const std::array<timespec, 2> times{time, time};
  if (detail::uninterrupted([&] { return ::futimens(fd_.get(), times.data()); }) != 0)
    throw_errno(errno, "set the time of", directory_.path_of(target_));
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(errno, "write", directory_.path_of(target_));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void AtomicFile::adopt(const Fd& file) {
  // The same open file, not the new name: nobody can slip another one in between.
  Fd same(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
  if (!same) throw_errno(errno, "hard-link", directory_.path_of(target_));
  std::string name = make_temporary("hard-link", directory_, target_,
                                    [&](const std::string& fresh) { staging_.make_hard_link(file, fresh); });
  discard();
  temporary_ = std::move(name);
  fd_ = std::move(same);
}

bool AtomicFile::publish(IfExists if_exists, NameSync name_sync) {
  const bool syncs = name_sync != NameSync::all_by_caller;
  if (syncs && detail::uninterrupted([&] { return ::fsync(fd_.get()); }) != 0) {
    const int error_number = errno;
    discard();
    throw_errno(error_number, "sync", directory_.path_of(target_));
  }
  try {
    fd_.close(directory_.path_of(target_));
    if (!staging_.move_to(temporary_, directory_, target_, if_exists)) {
      discard();
      return false;
    }
  } catch (const Error&) {
    discard();
    throw;
  }
  temporary_.clear();
  if (name_sync != NameSync::now) return true;
  const std::size_t slash = target_.rfind('/');
  if (slash == std::string::npos)
    directory_.sync();
  else
    directory_.open_dir(std::string_view(target_).substr(0, slash)).sync();
  return true;
}

void write_atomically(const Dir& staging, const Dir& directory, std::string_view target,
                      std::string_view bytes) {
  AtomicFile file(staging, directory, target);
  file.write(bytes);
  file.publish(AtomicFile::IfExists::replace);
}

}  // namespace modelcache
