// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which way a content comes into a store: sharing blocks, a link or a copy. Promise: one rule for every sink,
// made of looking only.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace modelcache {

// How a content that lies at `place` (nothing: in memory) comes into a file of the directory `here`. What the
// kernel refuses then becomes a copy.
Method foresee_method(const Dir& here, const std::optional<ContentPlace>& place, const PutOptions& options);

// The same for transfer().
Sharing sharing_for(PutOptions::Link link);

// Whether the text of a link, absolute as --link=symlink writes it, leads to a regular file of `size` bytes.
bool leads_to_size(const std::string& link_text, std::uint64_t size);

}  // namespace modelcache
