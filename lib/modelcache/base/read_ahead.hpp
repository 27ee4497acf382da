// SPDX-License-Identifier: Apache-2.0
#pragma once

// A thread that reads a file a few chunks ahead of who uses them. Promise: the chunks come in the order of
// the file, and what fails in the thread is thrown where the chunk is asked for.

#include "modelcache/base/fd.hpp"
#include "modelcache/base/file_reading.hpp"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <string>
#include <thread>

namespace modelcache {

class ReadAhead {
 public:
  // Reads `file` from `begin` to `end`, both of which outlive this, as does `path`, which is for messages.
  // std::system_error when no thread can be had.
  ReadAhead(const Fd& file, const std::string& path, std::uint64_t begin, std::uint64_t end);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The next chunk, whole blocks of chunk_size but for the last; it lives until the next call. Call it only
  // while there is more.
  std::span<const std::byte> next();

 private:
  static constexpr std::size_t chunk_size = std::size_t{128} << 10;
  static constexpr std::size_t buffer_count = 8;

  void read_all(const Fd& file, const std::string& path, std::uint64_t begin, std::uint64_t end) noexcept;

  std::array<Buffer, buffer_count> buffers_;
  std::array<std::size_t, buffer_count> sizes_{};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t read_ = 0;  // chunks
  std::size_t used_ = 0;
  bool is_handed_out_ = false;
  bool ended_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace modelcache
