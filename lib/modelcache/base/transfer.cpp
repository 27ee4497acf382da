// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/transfer.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/file_reading.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

namespace modelcache {

namespace {

constexpr std::size_t chunk_size = std::size_t{1} << 20;
constexpr std::uint64_t write_back_step = std::uint64_t{8} << 20;
constexpr std::uint64_t reserve_from = std::uint64_t{1} << 20;
// From here on a second thread pays: one hashes while the other writes.
constexpr std::uint64_t pipeline_from = std::uint64_t{16} << 20;

// For a file of `size` bytes: a small one is not worth a mapping of its own.
Buffer make_chunk_buffer(std::uint64_t size) {
  return make_buffer(static_cast<std::size_t>(std::min<std::uint64_t>(size, chunk_size)));
}

void require_source_size(const Fd& file, const TransferRequest& request, std::string_view when) {
  require_size(file, request.size, request.source_path, when);
}

std::span<std::byte> read_chunk(const Fd& file, const Buffer& buffer, std::uint64_t at,
                                const TransferRequest& request) {
  check_cancelled(request.cancelled);
  const std::size_t wanted = std::min<std::uint64_t>(chunk_size, request.size - at);
  const std::span<std::byte> bytes(buffer.get(), wanted);
  read_exactly(file, bytes, at, request.source_path);
  return bytes;
}

void write_chunk(const Fd& file, std::span<const std::byte> bytes, std::uint64_t at,
                 const TransferRequest& request) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(errno, "write", request.target_path);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    at += static_cast<std::uint64_t>(count);
  }
}

// Asks the kernel to write what has come so far, so that the fsync at the end has little left to do.
class WriteBack {
 public:
  explicit WriteBack(const Fd& file) : file_(file) {}
  void reached(std::uint64_t end) {
    if (end - started_ < write_back_step) return;
    ::sync_file_range(file_.get(), static_cast<off_t>(started_), static_cast<off_t>(end - started_),
                      SYNC_FILE_RANGE_WRITE);
    started_ = end;
  }

 private:
  const Fd& file_;
  std::uint64_t started_ = 0;
};

void report(const TransferRequest& request, std::uint64_t bytes) {
  if (request.progress) request.progress(bytes);
}

// A hasher in a thread of its own, a few chunks behind the reader.
class BackgroundHasher {
 public:
  BackgroundHasher(HashKind kind, std::uint64_t size) : hasher_(kind, size), thread_([this] { work(); }) {}
  ~BackgroundHasher() { stop(); }
  BackgroundHasher(const BackgroundHasher&) = delete;
  BackgroundHasher& operator=(const BackgroundHasher&) = delete;

  Buffer take_buffer() {
    std::unique_lock lock(mutex_);
    if (free_.empty() && made_ < buffer_count) {
      ++made_;
      return make_chunk_buffer(chunk_size);
    }
    changed_.wait(lock, [this] { return !free_.empty(); });
    Buffer buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }

  // Hashes the first `size` bytes of `buffer`, in the order of the calls.
  void give(Buffer buffer, std::size_t size) {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back({std::move(buffer), size});
    changed_.notify_all();
  }

  Digest finish() {
    stop();
    if (failure_) std::rethrow_exception(failure_);
    return hasher_.finish();
  }

 private:
  struct Chunk {
    Buffer buffer;
    std::size_t size;
  };
  static constexpr std::size_t buffer_count = 4;

  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

  void work() noexcept {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      Chunk chunk = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      try {
        hasher_.update(std::span<const std::byte>(chunk.buffer.get(), chunk.size));
      } catch (...) {
        failure_ = std::current_exception();
      }
      lock.lock();
      free_.push_back(std::move(chunk.buffer));
      changed_.notify_all();
    }
  }

  Hasher hasher_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Chunk> waiting_;
  std::vector<Buffer> free_;
  std::size_t made_ = 0;
  bool ended_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

Digest copy_hashing_alone(const Fd& from, const Fd& to, const TransferRequest& request) {
  Hasher hasher(request.expected->kind(), request.size);
  WriteBack write_back(to);
  const Buffer buffer = make_chunk_buffer(request.size);
  for (std::uint64_t at = 0; at < request.size;) {
    const auto bytes = read_chunk(from, buffer, at, request);
    hasher.update(bytes);
    write_chunk(to, bytes, at, request);
    at += bytes.size();
    write_back.reached(at);
    report(request, bytes.size());
  }
  return hasher.finish();
}

Digest copy_hashing_beside(BackgroundHasher& hasher, const Fd& from, const Fd& to,
                           const TransferRequest& request) {
  WriteBack write_back(to);
  for (std::uint64_t at = 0; at < request.size;) {
    Buffer buffer = hasher.take_buffer();
    const auto bytes = read_chunk(from, buffer, at, request);
    write_chunk(to, bytes, at, request);
    at += bytes.size();
    hasher.give(std::move(buffer), bytes.size());
    write_back.reached(at);
    report(request, bytes.size());
  }
  return hasher.finish();
}

Digest copy_hashing(const Fd& from, const Fd& to, const TransferRequest& request) {
  std::unique_ptr<BackgroundHasher> hasher;
  try {
    if (request.size >= pipeline_from)
      hasher = std::make_unique<BackgroundHasher>(request.expected->kind(), request.size);
  } catch (const std::system_error&) {
    // A container's limit on threads must cost speed only.
  }
  return hasher ? copy_hashing_beside(*hasher, from, to, request) : copy_hashing_alone(from, to, request);
}

void copy_plain(const Fd& from, const Fd& to, const TransferRequest& request) {
  WriteBack write_back(to);
  Buffer buffer = request.sharing == Sharing::forbidden ? make_chunk_buffer(request.size) : nullptr;
  for (std::uint64_t at = 0; at < request.size;) {
    check_cancelled(request.cancelled);
    std::size_t moved = 0;
    if (!buffer) {
      auto in = static_cast<off_t>(at);
      auto out = static_cast<off_t>(at);
      const auto wanted = std::min<std::uint64_t>(write_back_step, request.size - at);
      const ssize_t count = ::copy_file_range(from.get(), &in, to.get(), &out, wanted, 0);
      if (count < 0 && errno == EINTR) continue;
      const bool unsupported = count < 0 && (errno == EXDEV || errno == ENOSYS || errno == EINVAL ||
                                             errno == EOPNOTSUPP || errno == EPERM);
      if (count < 0 && !unsupported) throw_errno(errno, "write", request.target_path);
      if (count <= 0) buffer = make_chunk_buffer(request.size);
      moved = count > 0 ? static_cast<std::size_t>(count) : 0;
    } else {
      const auto bytes = read_chunk(from, buffer, at, request);
      write_chunk(to, bytes, at, request);
      moved = bytes.size();
    }
    at += moved;
    write_back.reached(at);
    report(request, moved);
  }
}

// Space first, bytes later: a full disk is known before the first of them is written.
void reserve(const Fd& to, const TransferRequest& request) {
  if (request.size < reserve_from) return;
  int result = 0;
  do {
    result = ::fallocate(to.get(), 0, 0, static_cast<off_t>(request.size)) == 0 ? 0 : errno;
  } while (result == EINTR);
  if (result == ENOSPC || result == EDQUOT || result == EFBIG || result == EIO)
    throw_errno(result, "reserve space for", request.target_path);
}

void require_digest(const Digest& actual, const TransferRequest& request) {
  if (actual == *request.expected) return;
  throw_error(Cause::refused, "take", request.source_path,
              "its content is " + actual.text() + ", not " + request.expected->text());
}

// False when the blocks cannot be shared but may be copied.
bool share(const Fd& from, const Fd& to, const TransferRequest& request) {
  if (::ioctl(to.get(), FICLONE, from.get()) == 0) return true;
  const int error_number = errno;
  if (request.sharing != Sharing::required) return false;
  if (error_number == EXDEV)
    throw_error(Cause::io, "reflink", request.source_path, "it is on another file system");
  if (error_number == EOPNOTSUPP || error_number == EINVAL || error_number == ENOTTY)
    throw_error(Cause::io, "reflink", request.source_path, "the file system cannot share its blocks");
  throw_errno(error_number, "reflink", request.source_path);
}

// What is published is the clone, so the clone is what is hashed.
void finish_shared(const Fd& to, const TransferRequest& request) {
  if (request.expected)
    require_digest(hash_file(to, request.expected->kind(), request), request);
  else
    report(request, request.size);
  require_source_size(to, request, "was changed while it was shared: it has ");
}

}  // namespace

std::string_view to_string(Method method) {
  switch (method) {
    case Method::none:
      return "none";
    case Method::reflink:
      return "reflink";
    case Method::hardlink:
      return "hardlink";
    case Method::symlink:
      return "symlink";
    case Method::copy:
      return "copy";
  }
  return "none";
}

std::vector<Digest> hash_file(const Fd& file, std::span<const HashKind> kinds,
                              const TransferRequest& request) {
  require_source_size(file, request, "has ");
  std::vector<Hasher> hashers;
  hashers.reserve(kinds.size());
  for (const HashKind kind : kinds) hashers.emplace_back(kind, request.size);
  const Buffer buffer = make_chunk_buffer(request.size);
  for (std::uint64_t at = 0; at < request.size;) {
    const auto bytes = read_chunk(file, buffer, at, request);
    for (Hasher& hasher : hashers) hasher.update(bytes);
    at += bytes.size();
    report(request, bytes.size());
  }
  require_source_size(file, request, "was changed while it was read: it has ");
  std::vector<Digest> digests;
  digests.reserve(hashers.size());
  for (Hasher& hasher : hashers) digests.push_back(hasher.finish());
  return digests;
}

Digest hash_file(const Fd& file, HashKind kind, const TransferRequest& request) {
  return hash_file(file, std::span(&kind, 1), request).front();
}

Method transfer(const Fd& from, const Fd& to, const TransferRequest& request) {
  require_source_size(from, request, "has ");
  if (request.size > 0 && request.sharing != Sharing::forbidden && share(from, to, request)) {
    finish_shared(to, request);
    return Method::reflink;
  }
  // Hints only: their failure changes nothing.
  if (request.size >= advise_from) ::posix_fadvise(from.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  reserve(to, request);
  if (request.expected)
    require_digest(copy_hashing(from, to, request), request);
  else
    copy_plain(from, to, request);
  require_source_size(from, request, "was changed while it was read: it has ");
  return Method::copy;
}

}  // namespace modelcache
