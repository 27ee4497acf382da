// SPDX-License-Identifier: Apache-2.0
#pragma once

// Hashes many files at once, with the instructions of the processor that do it fastest. Promise: each file is
// read once and hashed as hash_file() does, with the same errors, in 64 MiB and 100 bytes a file, whatever
// their number and sizes; a limit on threads costs speed only.

#include "modelcache/base/digest.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/fd.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace modelcache {

struct HashTask {
  std::uint64_t size = 0;  // bytes the file must hold
  HashKind kind = HashKind::sha256;
};

struct OpenedFile {
  Fd file;
  std::string path;  // for messages
};

// Exactly one of them.
struct HashOutcome {
  std::optional<Digest> digest;
  std::optional<Error> error;  // refused: shorter, longer or changed meanwhile; io: what reading it said
};

// keep: what is read stays in the page cache, for who reads it again soon. spare: what was not there before
// is dropped behind the reader, so that much data does not push out everything else.
enum class PageCache { keep, spare };

struct HashEngineOptions {
  unsigned jobs = 1;                             // threads
  const std::atomic<bool>* cancelled = nullptr;  // looked at between chunks
  // Looked at where `cancelled` is.
  std::optional<std::chrono::steady_clock::time_point> deadline = {};
  // Bytes since the last call; may be empty. Never called at the same time as itself or `done`.
  std::function<void(std::uint64_t)> progress = {};
  PageCache page_cache = PageCache::keep;
};

// Opens each file when its turn comes, in any order and several at a time; an Error that `open` throws is the
// file's outcome. Calls `done` once for each task, in any order, from any thread, one call at a time.
// Throws Error(io) with EINTR when cancelled, with ETIME behind the deadline, and what `open`, `done` and
// `progress` throw else: tasks that were not reported then are not done. Error(usage) where MODELCACHE_SHA256
// names what the processor has not.
void hash_files(std::span<const HashTask> tasks, const std::function<OpenedFile(std::size_t)>& open,
                const std::function<void(std::size_t, HashOutcome)>& done, const HashEngineOptions& options);

}  // namespace modelcache
