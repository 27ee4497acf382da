// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a user is told of a clone before it is made. Promise: every way in which it will not be what the hub
// has is said; names that git cannot have are refused.

#include "modelcache/store/clone_options.hpp"
#include "modelcache/store/clone_tree.hpp"

#include <string>
#include <vector>

namespace modelcache {

// Throws Error(refused) where git cannot have a file of this name, or a ref of this one beside the others.
void require_git_names(const Snapshot& snapshot);

// `path` is where the clone will be.
std::vector<std::string> clone_notes(const Publication& publication, const std::string& path,
                                     const CloneOptions& options);

}  // namespace modelcache
