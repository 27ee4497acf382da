// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small contents on their way into a directory of contents. Promise: none of them has its final name before
// its bytes, which were checked, are on disk; a batch of them costs one barrier instead of one each.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/store.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace modelcache {

class BlobBatch {
 public:
  static constexpr std::uint64_t largest_content = std::uint64_t{256} << 10;  // bytes

  // Contents wait in `staging`, on the file system of `target`. Both outlive this object; what still waits at
  // its end is lost.
  BlobBatch(const Dir& staging, const Dir& target);

  // As write_blob(), under the name of the content's hash. Thread-safe. Now and then it sends off all that
  // wait, and then throws for any of them.
  PutResult put(const Entry& entry, const Content& content, const PutOptions& options,
                Dir::IfExists if_exists);
  // Whether this content waits. Thread-safe.
  bool holds(const std::string& name, std::uint64_t size) const;
  // Gives all that wait their names, which are durable after the next sync of `target`. Thread-safe.
  void flush();

 private:
  struct Waiting {
    std::uint64_t size;
    Dir::IfExists if_exists;
  };
  void send(const std::map<std::string, Waiting>& batch) const;

  const Dir& target_;
  Dir dir_;
  mutable std::mutex mutex_;
  std::map<std::string, Waiting> waiting_;
  std::uint64_t bytes_ = 0;
};

}  // namespace modelcache
