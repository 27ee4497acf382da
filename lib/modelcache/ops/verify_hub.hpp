// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a server says the files of a revision are (--hub). Promise: listings are asked for, contents never;
// nothing is asked of anybody while the clients' offline variables are set.

#include "modelcache/ops/verify.hpp"

#include <atomic>
#include <chrono>
#include <optional>

namespace modelcache {

struct VerifyHub {
  std::optional<RepoRevision> repo;               // nothing: as the place says
  std::optional<std::chrono::milliseconds> time;  // for one answer, all attempts at it included
  const std::atomic<bool>* cancelled = nullptr;
};

// The hub at $HF_ENDPOINT; for a cache of AI Studio the server at $STUDIO_GIT_HOST. Throws Error(usage) when
// the clients are to be offline. What is returned throws Error(usage) for a revision of which neither `repo`
// nor the place tells the repo, and what list_hub_files() and list_studio_files() throw.
AskManifest ask_hub(Layout layout, const VerifyHub& hub);

}  // namespace modelcache
