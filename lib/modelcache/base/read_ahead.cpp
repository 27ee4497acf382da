// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/read_ahead.hpp"

#include <algorithm>

namespace modelcache {

ReadAhead::ReadAhead(const Fd& file, const std::string& path, std::uint64_t begin, std::uint64_t end) {
  for (Buffer& buffer : buffers_) buffer = make_buffer(chunk_size);
  thread_ = std::thread([this, &file, &path, begin, end] { read_all(file, path, begin, end); });
}

ReadAhead::~ReadAhead() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

std::span<const std::byte> ReadAhead::next() {
  std::unique_lock lock(mutex_);
  if (is_handed_out_) ++used_;
  is_handed_out_ = false;
  // A thread that sleeps is woken for half of all buffers: to wake it for each takes as long as to hash one.
  if (read_ - used_ == buffer_count / 2) changed_.notify_all();
  changed_.wait(lock, [this] { return used_ < read_ || failure_; });
  // What was read before the failure is not worth hashing.
  if (failure_) std::rethrow_exception(failure_);
  is_handed_out_ = true;
  return {buffers_[used_ % buffer_count].get(), sizes_[used_ % buffer_count]};
}

void ReadAhead::read_all(const Fd& file, const std::string& path, std::uint64_t begin,
                         std::uint64_t end) noexcept {
  try {
    for (std::uint64_t at = begin; at < end;) {
      std::size_t place = 0;
      {
        std::unique_lock lock(mutex_);
        if (read_ - used_ == buffer_count)
          changed_.wait(lock, [this] { return ended_ || read_ - used_ <= buffer_count / 2; });
        if (ended_) return;
        place = read_ % buffer_count;
      }
      sizes_[place] = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_size, end - at));
      read_exactly(file, {buffers_[place].get(), sizes_[place]}, at, path);
      at += sizes_[place];
      const std::scoped_lock lock(mutex_);
      ++read_;
      if (read_ - used_ == 1) changed_.notify_all();
    }
  } catch (...) {
    const std::scoped_lock lock(mutex_);
    failure_ = std::current_exception();
    changed_.notify_all();
  }
}

}  // namespace modelcache
