// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/root_owner.hpp"

#include "modelcache/base/error.hpp"

#include <unistd.h>

#include <string>

namespace modelcache {

bool is_trusted_owner(std::uint32_t owner) {
  return owner == ::geteuid() || owner == 0;
}

void require_own_root(const Dir& root, ForeignRoot foreign_root) {
  if (foreign_root == ForeignRoot::allowed) return;
  const std::uint32_t owner = root.own_status().owner;
  if (!is_trusted_owner(owner))
    throw_error(Cause::refused, "write to", root.path(),
                "it belongs to another user (uid " + std::to_string(owner) +
                    "); --allow-foreign-owner writes to it all the same");
}

}  // namespace modelcache
