// SPDX-License-Identifier: Apache-2.0
#pragma once

// What tells an AI Studio tree from a ModelScope tree. Promise: a few levels of names are looked at, and a
// few bytes of .mv files; no link is followed.

#include "modelcache/base/dir.hpp"

#include <string>

namespace modelcache {

struct TreeSigns {
  bool has_index = false;  // an index of either
  bool aistudio = false;   // something that only its client makes
  bool modelscope = false;

  bool is_unclear() const { return has_index && !aistudio && !modelscope; }
};

// Of a root, or of a directory that was downloaded with local_dir.
TreeSigns find_tree_signs(const Dir& dir);

// Whether aistudio-sdk 0.1 - 0.2 keeps repos in this directory, which need not be there.
bool holds_blobs_trees(const std::string& root);

}  // namespace modelcache
