// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a user can ask of a new git clone. Promise: the defaults are what `git clone` of the repo would give.

#include "modelcache/store/store.hpp"

#include <string>

namespace modelcache {

// What the worktree has in place of large files: their contents, or the pointers that git keeps of them.
// none: it has no file at all and git has no index, as after `git clone --no-checkout`.
enum class CloneFiles { contents, pointers, none };

struct CloneOptions {
  CloneFiles files = CloneFiles::contents;
  std::string remote = {};  // the url of origin; empty: where Hugging Face has the repo
  std::string branch = {};  // one of the snapshot's refs; empty: "main", else the first that can be a branch
  PutOptions put = {};      // how files of the worktree are made of what the clone stores
};

}  // namespace modelcache
