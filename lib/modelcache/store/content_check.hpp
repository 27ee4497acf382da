// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether a file is what an entry says. Promise: told by all of its bytes.

#include "modelcache/base/fd.hpp"
#include "modelcache/model/snapshot.hpp"

#include <atomic>
#include <string_view>

namespace modelcache {

// Reads `file` from its start. False for another size or other bytes, also where it changes meanwhile. `path`
// is for messages. Throws Error(io) when it cannot be read, and when `cancelled` becomes true.
bool holds_content(const Fd& file, const Entry& entry, std::string_view path,
                   const std::atomic<bool>* cancelled = nullptr);

}  // namespace modelcache
