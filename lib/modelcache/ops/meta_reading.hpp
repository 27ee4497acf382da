// SPDX-License-Identifier: Apache-2.0
#pragma once

// What meta_check.cpp and meta_rebuild.cpp share. Promise: both read files in the same way.

#include "modelcache/ops/meta.hpp"
#include "modelcache/store/indexed_directory.hpp"

namespace modelcache {

HashingOptions hashing(const MetaReading& reading);

}  // namespace modelcache
