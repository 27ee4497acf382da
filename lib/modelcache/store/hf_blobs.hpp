// SPDX-License-Identifier: Apache-2.0
#pragma once

// The contents of one repo of a hub cache, by their names: REPO/blobs/<name>, a regular file or a link into
// the marked shared store of the cache. Promise: a content is reached by its name and at most that one hop,
// as huggingface_hub >= 1.32 writes it; any other link leads nowhere.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/shared_store.hpp"

#include <optional>
#include <string_view>

namespace modelcache {

class HfBlobs {
 public:
  // `root` is the cache's directory, `repo` the repo's folder; nothing when that has no blobs/.
  static std::optional<HfBlobs> open(const Dir& root, const Dir& repo);

  // The status of the file that holds the bytes; nothing when the name leads to none. `name` is one
  // component.
  std::optional<Status> find(std::string_view name) const;
  // The same, open for reading.
  std::optional<Fd> open_file(std::string_view name) const;

  // The name in the shared store, 64 hex, where `name` leads there to a file; else empty.
  std::string payload(std::string_view name) const;

  const Dir& dir() const noexcept { return dir_; }

 private:
  HfBlobs(Dir dir, std::optional<SharedStore> shared) : dir_(std::move(dir)), shared_(std::move(shared)) {}

  Dir dir_;
  std::optional<SharedStore> shared_;
};

}  // namespace modelcache
