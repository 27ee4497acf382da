// SPDX-License-Identifier: Apache-2.0
#pragma once

// A directory that bad contents are moved into, under the paths that they had in their place. Promise: what
// is there is never overwritten; a content leaves its place only when it is here, across file systems only
// when a copy of it was checked and is on disk.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/store/mending.hpp"

#include <atomic>
#include <optional>
#include <string>

namespace modelcache {

class Quarantine {
 public:
  // `path` need not exist; the first take() makes it.
  explicit Quarantine(std::string path) : path_(std::move(path)) {}

  struct Taken {
    std::string path;              // below the quarantine
    Method method = Method::none;  // none: it was renamed
  };
  // Where what has the name would be moved to, as far as can be told now.
  std::string foresee(const SpoiledName& name) const;
  // Moves it. Throws Error(refused) when it is not any more what was looked at, Error(io).
  Taken take(const SpoiledName& name, const std::atomic<bool>* cancelled);

 private:
  bool copy(const SpoiledName& name, const Dir& parent, const std::string& leaf,
            const std::atomic<bool>* cancelled) const;

  std::string path_;
  std::optional<Dir> dir_;
};

}  // namespace modelcache
