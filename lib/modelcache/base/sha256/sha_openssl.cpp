// SPDX-License-Identifier: Apache-2.0
// The functions that show the state are the only ones by which a message can go on in another kernel.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "modelcache/base/sha256/kernel.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <iterator>

namespace modelcache::sha256 {

void compress_openssl(State* const* states, const std::byte* const* data, std::size_t blocks) {
  State& state = *states[0];
  SHA256_CTX context{};
  std::copy(std::begin(state.words), std::end(state.words), std::begin(context.h));
  context.md_len = SHA256_DIGEST_LENGTH;
  SHA256_Update(&context, data[0], blocks * block_size);
  std::copy(std::begin(context.h), std::end(context.h), std::begin(state.words));
}

}  // namespace modelcache::sha256
