// SPDX-License-Identifier: Apache-2.0
#include "modelcache/model/snapshot.hpp"

#include <algorithm>

namespace modelcache {

const Entry* Snapshot::find(std::string_view path) const {
  const auto found = std::lower_bound(
      entries.begin(), entries.end(), path,
      [](const Entry& entry, std::string_view wanted) { return entry.path.bytes() < wanted; });
  return found != entries.end() && found->path.bytes() == path ? &*found : nullptr;
}

bool is_commit_id(std::string_view text) {
  return Digest::parse(HashKind::git_sha1, text).has_value();
}

}  // namespace modelcache
