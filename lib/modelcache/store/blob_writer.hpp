// SPDX-License-Identifier: Apache-2.0
#pragma once

// Brings one content into a directory, under a name of the caller's. Promise: a name appears only with
// bytes that were checked as the options ask, all of them on disk
// unless the target leaves that to the caller.

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/dir.hpp"
#include "modelcache/store/store.hpp"

namespace modelcache {

struct BlobTarget {
  const Dir& directory;
  std::string_view name;  // one component
  const Dir& staging;     // for links on their way; on the same file system
  // replace: what has the name now may go.
  Dir::IfExists if_exists;
  std::uint32_t mode = 0666;  // less the umask; of bytes that are copied, a hard link keeps its own
  AtomicFile::NameSync sync = AtomicFile::NameSync::by_caller;
  const Dir* temporaries = nullptr;  // where bytes come together; null: in `directory`
};

// Throws Error(refused) when the content is not what `entry` says, Error(io) when it cannot be read or
// stored, or when reflinks are demanded and the file system has none. A hard link that the kernel refuses
// (another file system, too many links) becomes a copy. The name is durable after the next sync of the
// directory.
PutResult write_blob(const BlobTarget& target, const Entry& entry, const Content& content,
                     const PutOptions& options);

}  // namespace modelcache
