// SPDX-License-Identifier: Apache-2.0
#pragma once

// Brings one content into a directory of contents named by their hash. Promise: a name appears only with
// bytes that were checked as the options ask, all of them on disk.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/store.hpp"

namespace modelcache {

struct BlobTarget {
  const Dir& blobs;
  const Dir& staging;  // for links on their way; on the same file system
  // replace: what has the name now is known to be broken.
  Dir::IfExists if_exists;
};

// Throws Error(refused) when the content is not what `entry` says, Error(io) when it cannot be read or
// stored, or when reflinks are demanded and the file system has none. A hard link that the kernel refuses
// (another file system, too many links) becomes a copy. The name is durable after the next sync of `blobs`.
PutResult write_blob(const BlobTarget& target, const Entry& entry, const Content& content,
                     const PutOptions& options);

}  // namespace modelcache
