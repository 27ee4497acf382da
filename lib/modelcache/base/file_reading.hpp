// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reading a file of which the size is known beforehand, a chunk at a time. Promise: a file that is shorter or
// longer than stated, or becomes so meanwhile, is refused.

#include "modelcache/base/fd.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace modelcache {

// What is not longer the kernel reads ahead in one go.
constexpr std::uint64_t advise_from = std::uint64_t{128} << 10;

struct FreeBuffer {
  void operator()(std::byte* bytes) const { std::free(bytes); }
};
// Begins at a page, where copying from the page cache is fastest.
using Buffer = std::unique_ptr<std::byte, FreeBuffer>;

// Holds more than `size` bytes. Throws std::bad_alloc.
Buffer make_buffer(std::size_t size);

// Throws Error(refused) "cannot take 'path': it <when><actual size> bytes, not <size>".
void require_size(const Fd& file, std::uint64_t size, std::string_view path, std::string_view when);

// Fills `bytes` from the offset `at`. Error(refused) where the file ends before.
void read_exactly(const Fd& file, std::span<std::byte> bytes, std::uint64_t at, std::string_view path);

// Throws Error(io) with EINTR when the flag is there and true.
void check_cancelled(const std::atomic<bool>* cancelled);
// Throws Error(io) with ETIME when there is one and it is over.
void check_deadline(const std::optional<std::chrono::steady_clock::time_point>& deadline);

}  // namespace modelcache
