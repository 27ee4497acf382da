// SPDX-License-Identifier: Apache-2.0
#pragma once

// One file on its way through the hash engine. Promise: as hash_file(): a file that has another size than
// stated, or gets one meanwhile, is refused.

#include "modelcache/base/digest.hpp"
#include "modelcache/base/file_reading.hpp"
#include "modelcache/base/hash_engine.hpp"
#include "modelcache/base/page_cache.hpp"
#include "modelcache/base/sha256/kernels.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace modelcache {

class HashStream {
 public:
  // Reads `chunk_size` bytes, a multiple of the block's, at a time. Those with other numbers lie apart in a
  // processor's caches.
  HashStream(std::size_t chunk_size, std::size_t number);
  HashStream(const HashStream&) = delete;
  HashStream& operator=(const HashStream&) = delete;

  // Takes a file, whatever was hashed before.
  void begin(std::size_t index, const HashTask& task, OpenedFile file, PageCache page_cache);

  std::size_t index() const noexcept { return index_; }
  HashKind kind() const noexcept { return task_.kind; }
  const OpenedFile& file() const noexcept { return file_; }
  std::uint64_t size() const noexcept { return task_.size; }
  std::uint64_t position() const noexcept { return read_; }  // bytes read
  std::uint64_t left() const noexcept { return task_.size - read_; }
  bool is_over() const noexcept { return left() == 0 && (hasher_ || (is_padded_ && lane_.blocks == 0)); }

  // Of sha256: what a kernel takes blocks from.
  sha256::Lane& lane() noexcept { return lane_; }
  // Reads the next chunk into the lane, which is empty, and returns its size; the last one is padded.
  std::size_t fill();

  // Reads the next chunk and leaves it to the caller, who passes it on to absorb().
  std::span<const std::byte> read();
  // Hashes a chunk in this thread, but for the last blocks of sha256, which are then in the lane.
  void absorb(std::span<const std::byte> chunk, const sha256::Plan& plan);

  // Call once, when it is over; closes the file.
  Digest finish();
  // Closes the file.
  void abandon() noexcept { file_ = {}; }

 private:
  void end_with(std::size_t count);

  const std::size_t chunk_size_;
  Buffer buffer_;
  std::byte* bytes_;  // in the buffer
  std::size_t index_ = 0;
  HashTask task_{};
  OpenedFile file_;
  std::optional<ColdParts> cold_;
  std::uint64_t read_ = 0;
  bool is_padded_ = false;
  std::optional<Hasher> hasher_;  // of what no kernel hashes
  sha256::State state_{};
  sha256::Lane lane_;
};

}  // namespace modelcache
