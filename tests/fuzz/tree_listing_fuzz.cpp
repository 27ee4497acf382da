// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/tree_listing.hpp"

#include "fuzz.hpp"

using namespace modelcache;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ParsedTreeListing parsed = parse_tree_listing(fuzz::as_text(data, size));
  fuzz::claim(parsed.listing.has_value() == parsed.reason.empty(), "there is a listing or a reason");
  if (!parsed.listing) return 0;
  const auto& files = parsed.listing->files;
  for (std::size_t i = 1; i < files.size(); ++i)
    fuzz::claim(files[i - 1].path < files[i].path, "paths are sorted and unique");
  const std::string text = write_tree_listing(*parsed.listing);
  fuzz::claim(parse_tree_listing(text).listing == parsed.listing, "what is written reads back");
  return 0;
}
