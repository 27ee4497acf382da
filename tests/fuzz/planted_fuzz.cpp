// SPDX-License-Identifier: Apache-2.0
// A claim that does not hold: what fuzzing by this build has to find from an empty corpus.
#include "fuzz.hpp"

using modelcache::fuzz::as_text;
using modelcache::fuzz::claim;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  claim(as_text(data, size).substr(0, 3) != "bug", "there is no bug");
  return 0;
}
