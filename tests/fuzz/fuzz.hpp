// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a fuzz target needs: the entry point that libFuzzer and replay_main.cpp call, and a check that ends
// the program when a claim does not hold.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace modelcache::fuzz {

inline void claim(bool holds, const char* text) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", text);
  std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace modelcache::fuzz
