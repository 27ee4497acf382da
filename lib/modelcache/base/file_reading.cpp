// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/file_reading.hpp"

#include "modelcache/base/error.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <string>

namespace modelcache {

Buffer make_buffer(std::size_t size) {
  constexpr std::size_t page = 4096;
  auto* bytes = static_cast<std::byte*>(std::aligned_alloc(page, (size / page + 1) * page));
  if (bytes == nullptr) throw std::bad_alloc();
  return Buffer(bytes);
}

void require_size(const Fd& file, std::uint64_t size, std::string_view path, std::string_view when) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_errno(errno, "look at", path);
  const auto actual = static_cast<std::uint64_t>(status.st_size);
  if (actual == size) return;
  throw_error(Cause::refused, "take", path,
              "it " + std::string(when) + std::to_string(actual) + " bytes, not " + std::to_string(size));
}

void read_exactly(const Fd& file, std::span<std::byte> bytes, std::uint64_t at, std::string_view path) {
  while (!bytes.empty()) {
    const ssize_t count = ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(errno, "read", path);
    if (count == 0) throw_error(Cause::refused, "take", path, "it became shorter while it was read");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    at += static_cast<std::uint64_t>(count);
  }
}

void check_cancelled(const std::atomic<bool>* cancelled) {
  if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed))
    throw Error(Cause::io, "cannot go on: interrupted", EINTR);
}

void check_deadline(const std::optional<std::chrono::steady_clock::time_point>& deadline) {
  if (deadline && std::chrono::steady_clock::now() >= *deadline)
    throw Error(Cause::io, "cannot go on: the time limit was reached", ETIME);
}

}  // namespace modelcache
