// SPDX-License-Identifier: Apache-2.0
#pragma once

// The parts of SHA-256 (FIPS 180-4) that are the same whatever kernel hashes the blocks between them: how a
// message begins, is padded and ends. Promise: nothing here depends on the processor.

#include "modelcache/base/digest.hpp"
#include "modelcache/base/sha256/kernel.hpp"

#include <cstddef>
#include <cstdint>

namespace modelcache::sha256 {

// The most bytes that pad() adds.
constexpr std::size_t padding_limit = block_size + 8;

State initial_state();

// Writes to `end`, where a message of `size` bytes ends, what makes it whole blocks; returns how many bytes.
std::size_t pad(std::byte* end, std::uint64_t size);

Digest digest_of(const State& state);

}  // namespace modelcache::sha256
