// SPDX-License-Identifier: Apache-2.0
#pragma once

// The shared blob store of huggingface_hub >= 1.32: ROOT/blobs/<2 hex>/<64 hex>, named by repos' blobs
// through links. Promise: only a store whose marker file says exactly "1\n" is believed; payloads are reached
// without following any link.

#include "modelcache/base/dir.hpp"

#include <optional>
#include <string_view>

namespace modelcache {

class SharedStore {
 public:
  enum class Owner {
    none,
    ours,
    foreign
  };  // no blobs/ at all; marked and readable; there but not to be touched
  // `root` is the cache root.
  static Owner owner(const Dir& root);
  // The store's directory, nothing unless owner() is ours.
  static std::optional<SharedStore> open(const Dir& root);
  // Makes the empty directory `blobs` a store. `staging` is on the same file system. Durable on return.
  static void mark(const Dir& blobs, const Dir& staging);

  // The payload behind the text of a link in REPO/blobs, "../../blobs/<2 hex>/<64 hex>": its status when it
  // is a regular file; nothing when the text has another form or nothing is there.
  std::optional<Status> payload(std::string_view link_text) const;
  // The same, opened for reading.
  std::optional<Fd> open_payload(std::string_view link_text) const;
  const Dir& dir() const noexcept { return dir_; }

 private:
  explicit SharedStore(Dir dir) : dir_(std::move(dir)) {}

  Dir dir_;
};

}  // namespace modelcache
