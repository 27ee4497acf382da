// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/hub_tree.hpp"

#include "fuzz.hpp"

using namespace modelcache;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ParsedHubTree parsed = parse_hub_tree(fuzz::as_text(data, size), 100);
  fuzz::claim(parsed.tree.has_value() == parsed.reason.empty(), "there is a tree or a reason");
  if (!parsed.tree) return 0;
  fuzz::claim(parsed.tree->entries() <= 100, "there are no more entries than allowed");
  const std::size_t files = parsed.tree->files.size();
  const ParsedTreeListing joined = to_tree_listing(std::move(*parsed.tree));
  fuzz::claim(joined.listing.has_value() == joined.reason.empty(), "there is a listing or a reason");
  if (!joined.listing) return 0;
  fuzz::claim(joined.listing->files.size() == files, "no file is lost");
  fuzz::claim(parse_tree_listing(write_tree_listing(*joined.listing)).listing == joined.listing,
              "it is what a client could have written");
  return 0;
}
