// SPDX-License-Identifier: Apache-2.0
#pragma once

// Moves the bytes of one open file into another, the cheapest way the file system has, hashing what arrives.
//
// Promise: what is hashed is what the target holds; a source that is shorter or longer than stated, or hashes
// to something else, is refused (Error(refused)) and never reported as done.

#include "modelcache/base/digest.hpp"
#include "modelcache/base/fd.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

enum class Method { none, reflink, hardlink, symlink, copy };
std::string_view to_string(Method method);

// Which ways may be tried. allowed: reflink (FICLONE), then copy_file_range, then reading and writing.
// forbidden: reading and writing only, since copy_file_range shares blocks where it can. required: reflink or
// Error(io), before any byte is copied.
enum class Sharing { allowed, forbidden, required };

struct TransferRequest {
  std::uint64_t size = 0;          // bytes the source must hold
  std::optional<Digest> expected;  // nothing: not hashed, only the size is checked
  Sharing sharing = Sharing::allowed;
  std::string_view source_path;  // for messages
  std::string_view target_path;  // for messages
  std::function<void(std::uint64_t)>
      progress;  // bytes since the last call; may be empty; called from this thread
  const std::atomic<bool>* cancelled = nullptr;  // looked at between chunks; true: Error(io) with EINTR
};

// Fills the empty file `to` from the start of `from`. Starts write-back early and leaves fsync to the
// publisher. Returns how: reflink or copy.
Method transfer(const Fd& from, const Fd& to, const TransferRequest& request);

// Reads `size` bytes from the start of `file` and hashes them. Shorter or longer: Error(refused).
Digest hash_file(const Fd& file, HashKind kind, const TransferRequest& request);
// The same in several ways at once; as many as `kinds`, in their order.
std::vector<Digest> hash_file(const Fd& file, std::span<const HashKind> kinds,
                              const TransferRequest& request);

}  // namespace modelcache
