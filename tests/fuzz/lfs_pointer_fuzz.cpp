// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/lfs_pointer.hpp"

#include <limits>

#include "fuzz.hpp"

using namespace modelcache;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view blob = fuzz::as_text(data, size);
  const auto pointer = parse_lfs_pointer(blob);
  if (!pointer) return 0;
  fuzz::claim(blob.size() < lfs_pointer_limit, "a pointer is short");
  fuzz::claim(pointer->size <= std::numeric_limits<std::int64_t>::max(), "its size fits a file");
  const std::string text = canonical_pointer(pointer->oid, pointer->size);
  if (!pointer->has_extensions)
    fuzz::claim(pointer->canonical == (text == blob), "canonical is what is written");
  if (pointer->size == 0) return 0;
  fuzz::claim(parse_lfs_pointer(text) == LfsPointer{pointer->oid, pointer->size, true, false},
              "what is written reads back");
  return 0;
}
