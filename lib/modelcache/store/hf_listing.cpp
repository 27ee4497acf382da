// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_listing.hpp"

#include "modelcache/base/error.hpp"

#include <cerrno>
#include <string>

namespace modelcache {

std::optional<TreeListing> find_listing(const Dir& repo, std::string_view commit) {
  try {
    const auto text = repo.find_content("trees/" + std::string(commit) + ".json", tree_listing_limit);
    return text ? parse_tree_listing(*text).listing : std::nullopt;
  } catch (const Error& error) {
    // What may not be read, or is no file, is a finding of the inventory; a failing disk is none.
    const bool is_denied = error.error_number() == EACCES || error.error_number() == EPERM;
    if (error.cause() == Cause::refused || is_denied || is_absent(error)) return {};
    throw;
  }
}

}  // namespace modelcache
