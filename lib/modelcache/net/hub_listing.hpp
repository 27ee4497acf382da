// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the files of a revision should be, as the hub tells it. Promise: a listing is of one commit and whole,
// or it is refused; no server makes us keep or wait for more than the limits say, and the token goes to no
// other host.

#include "modelcache/format/tree_listing.hpp"
#include "modelcache/model/repo_id.hpp"
#include "modelcache/net/http_client.hpp"
#include "modelcache/net/hub_server.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace modelcache {

struct HubLimits {
  HttpLimits http;                             // of one answer
  std::size_t entries = 1'000'000;             // files and directories
  std::size_t pages = 10'000;                  // of the listing
  std::size_t bytes = std::size_t{1} << 30;    // of all pages
  std::chrono::milliseconds total{1'800'000};  // after which no page is asked for
};

struct HubListing {
  std::string commit;  // 40 hexadecimal digits
  TreeListing tree;
};

// All files of the commit that `revision` (a branch, a tag, refs/pr/N or a commit; empty: main) leads to. A
// commit is taken at its word, a name is asked for first. Throws Error(usage) for a revision that cannot be
// one, Error(not_found) when the hub has no such repo or revision, or shows us none, Error(io) when it does
// not let us in, Error(refused) for a listing that lies, and what HttpClient::ask throws.
HubListing list_hub_files(const HubServer& server, const RepoId& repo, std::string_view revision,
                          const HubLimits& limits = {}, const std::atomic<bool>* cancelled = nullptr);

}  // namespace modelcache
