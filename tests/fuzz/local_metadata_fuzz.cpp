// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/local_metadata.hpp"

#include <cmath>

#include "fuzz.hpp"

using namespace modelcache;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ParsedLocalMetadata parsed = parse_local_metadata(fuzz::as_text(data, size));
  fuzz::claim(parsed.metadata.has_value() == parsed.reason.empty(), "there is metadata or a reason");
  if (!parsed.metadata) return 0;
  const auto back = parse_local_metadata(write_local_metadata(*parsed.metadata)).metadata;
  if (std::isnan(parsed.metadata->timestamp)) {
    fuzz::claim(back && std::isnan(back->timestamp), "no number stays no number");
    fuzz::claim(!back->is_valid_for({0, 0}), "no number is true of no file");
  } else {
    fuzz::claim(back == parsed.metadata, "what is written reads back");
  }
  return 0;
}
