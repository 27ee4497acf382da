// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whose tree it is that we are to write into. Promise: what belongs to a stranger is not written without the
// user's word.

#include "modelcache/base/dir.hpp"

#include <cstdint>

namespace modelcache {

enum class ForeignRoot { refused, allowed };

// Ours, or root's: shared caches are usually that.
bool is_trusted_owner(std::uint32_t owner);

// Throws Error(refused) when `root` belongs to somebody else (not us, not root) and that is not allowed.
void require_own_root(const Dir& root, ForeignRoot foreign_root);

}  // namespace modelcache
