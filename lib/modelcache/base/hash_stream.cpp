// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/hash_stream.hpp"

#include "modelcache/base/sha256/message.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <utility>

namespace modelcache {

namespace {

// Kernels read the same place of each buffer at once: were these a page's multiple apart, the places would
// share a few lines of the cache.
std::size_t offset_of(std::size_t number) {
  return number % sha256::most_lanes * sha256::block_size;
}

}  // namespace

HashStream::HashStream(std::size_t chunk_size, std::size_t number)
    : chunk_size_(chunk_size),
      buffer_(make_buffer(chunk_size + sha256::padding_limit + offset_of(number))),
      bytes_(buffer_.get() + offset_of(number)) {
  lane_.state = &state_;
}

void HashStream::begin(std::size_t index, const HashTask& task, OpenedFile file, PageCache page_cache) {
  index_ = index;
  task_ = task;
  file_ = std::move(file);
  cold_.reset();
  read_ = 0;
  is_padded_ = false;
  hasher_.reset();
  if (task.kind == HashKind::sha256)
    state_ = sha256::initial_state();
  else
    hasher_.emplace(task.kind, task.size);
  lane_.blocks = 0;
  require_size(file_.file, task.size, file_.path, "has ");
  if (task.size <= advise_from) return;
  if (page_cache == PageCache::spare) cold_.emplace(file_.file, task.size);
  // A hint only: its failure changes nothing.
  ::posix_fadvise(file_.file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
}

std::span<const std::byte> HashStream::read() {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_size_, left()));
  const std::span<std::byte> bytes(bytes_, size);
  read_exactly(file_.file, bytes, read_, file_.path);
  return bytes;
}

std::size_t HashStream::fill() {
  const std::size_t count = read().size();
  read_ += count;
  if (cold_) cold_->passed(file_.file, read_);
  end_with(count);
  return count;
}

// The lane is the first `count` bytes of the buffer, and the padding where the file ends there.
void HashStream::end_with(std::size_t count) {
  if (left() == 0) {
    count += sha256::pad(bytes_ + count, task_.size);
    is_padded_ = true;
  }
  lane_.data = bytes_;
  lane_.blocks = count / sha256::block_size;
}

void HashStream::absorb(std::span<const std::byte> chunk, const sha256::Plan& plan) {
  read_ += chunk.size();
  if (hasher_) {
    hasher_->update(chunk);
  } else {
    lane_.data = chunk.data();
    lane_.blocks = chunk.size() / sha256::block_size;
    const std::size_t rest = chunk.size() % sha256::block_size;
    const std::array<sha256::Lane*, 1> lanes{&lane_};
    plan.advance(lanes);
    std::copy_n(lane_.data, rest, bytes_);
    end_with(rest);
  }
  if (cold_) cold_->passed(file_.file, read_);
}

Digest HashStream::finish() {
  require_size(file_.file, task_.size, file_.path, "was changed while it was read: it has ");
  const Digest digest = hasher_ ? hasher_->finish() : sha256::digest_of(state_);
  abandon();
  return digest;
}

}  // namespace modelcache
