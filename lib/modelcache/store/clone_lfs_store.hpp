// SPDX-License-Identifier: Apache-2.0
#pragma once

// The large files of a new clone: .git/lfs/objects/<2 hex>/<2 hex>/<64 hex>. Promise: as write_blob(); an
// object is made once, whoever asks meanwhile.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/fd.hpp"
#include "modelcache/store/store.hpp"

#include <mutex>
#include <set>

namespace modelcache {

class CloneLfsStore {
 public:
  // `git` is the new .git.
  explicit CloneLfsStore(const Dir& git);
  CloneLfsStore(const CloneLfsStore&) = delete;
  CloneLfsStore& operator=(const CloneLfsStore&) = delete;

  bool holds(const Digest& oid) const;
  // May be called from several threads at once. The disk need not have it before the next
  // Dir::sync_file_system().
  PutResult put(const Entry& entry, const Content& content, const PutOptions& options);
  // What is held, for reading.
  Fd open(const Digest& oid) const;

 private:
  Dir objects_;
  mutable std::mutex mutex_;
  std::set<Digest> held_;
};

}  // namespace modelcache
