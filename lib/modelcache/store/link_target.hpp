// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where a link below a cache's root leads, by its text. Promise: no link is followed by the kernel and
// nothing outside the root is looked at; a chain of links ends after a few.

#include "modelcache/base/dir.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace modelcache {

enum class LinkEnd : std::uint8_t {
  there,    // at something that is no link
  nothing,  // at a name that is not there, or in a circle
  outside,  // out of the root, or over another link that stands for a directory
};

struct LinkTarget {
  LinkEnd end = LinkEnd::nothing;
  std::string path;  // where it led at last: relative to the root, or the text that leads out of it
  Status status{};   // with LinkEnd::there
};

class LinkFollower {
 public:
  // `real_root` is the root's path with its links resolved.
  LinkFollower(const Dir& root, std::string real_root) : root_(root), real_root_(std::move(real_root)) {}

  // `path` is relative to the root. Throws Error(io) where a directory on the way may not be searched.
  LinkTarget follow(const std::string& path) const;

 private:
  LinkTarget follow_texts(std::string path) const;

  const Dir& root_;
  std::string real_root_;
};

}  // namespace modelcache
