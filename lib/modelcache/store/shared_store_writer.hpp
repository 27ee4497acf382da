// SPDX-License-Identifier: Apache-2.0
#pragma once

// Adds to the shared blob store of huggingface_hub >= 1.32 (store/shared_store.hpp):
//
//   ROOT/blobs/<2 hex>/<64 hex>         a payload, read-only
//   ROOT/blobs/<2 hex>/<64 hex>.refs    a line for each blob that leads to it:
//   "models--org--name/blobs/<etag>" ROOT/blobs/<2 hex>/<64 hex>.lock    the clients' lock on all of this
//
// Promise: a link is made only to a payload whose bytes were proved, and after the line that keeps clients
// from removing it; a payload that is there is never replaced, but by mend().

#include "modelcache/base/dir.hpp"
#include "modelcache/store/store.hpp"

#include <functional>
#include <optional>
#include <string>

namespace modelcache {

struct SharedUse {
  std::string payload;  // 64 hex: what the content is called in the store
  std::string blob;     // "models--org--name/blobs/<etag>": who names it
};

class SharedStoreWriter {
 public:
  // Nothing unless the root has a marked store.
  static std::optional<SharedStoreWriter> open(const Dir& root);
  // Makes the store where ROOT/blobs is absent or empty. `staging` is on the same file system. Throws
  // Error(refused) where something else is there.
  static SharedStoreWriter make(const Dir& root, const Dir& staging);

  // Whether a file of this size has the payload's name: then it will not be copied.
  bool has_payload(const std::string& payload, std::uint64_t size) const;

  // Brings the content in unless it is there, then calls `link`, which makes the blob a link to it. Nothing,
  // and nothing done, when what has the payload's name is not this content. Locks: the payload's, while it
  // works. Throws as write_blob(), and Error(busy).
  std::optional<PutResult> put(const SharedUse& use, const Dir& staging, const Entry& entry,
                               const Content& content, const PutOptions& options,
                               const std::function<void()>& link) const;

  // Brings the content in where the payload that `use.blob` leads to is absent or is not this content.
  // Nothing, and nothing done, when blobs of other names in the repos of `root` lead to it: they may be
  // right. Locks and throws as put().
  std::optional<PutResult> mend(const SharedUse& use, const Dir& root, const Dir& staging, const Entry& entry,
                                const Content& content, const PutOptions& options) const;
  // Whether all blobs that lead to the payload, as far as is known, have the name of this one.
  bool is_of_one_content(const SharedUse& use, const Dir& root) const;

  // After a blob called `etag` no longer leads to the payload: removes it when no blob of any repo of `root`
  // does, and what its manifest says is known. Returns the bytes given back. Locks: the payload's; one that
  // somebody holds is kept.
  struct Release {
    std::string payload;
    std::string etag;
  };
  std::uint64_t release(const Release& release, const Dir& root) const;

 private:
  SharedStoreWriter(Dir dir, std::uint32_t mode) : dir_(std::move(dir)), mode_(mode) {}

  Dir dir_;
  std::uint32_t mode_;  // of payloads
};

}  // namespace modelcache
