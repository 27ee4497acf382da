// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/scan.hpp"

#include "modelcache/base/threads.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

namespace modelcache {

namespace {

CacheScan scan_one(const Place& place, Detail detail, unsigned jobs) {
  const auto inventory = open_inventory(place);
  std::vector<Finding> findings;
  const std::vector<std::string> folders = inventory->folders(findings);
  std::vector<std::optional<RepoInventory>> repos(folders.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < folders.size(); i = next++) {
      try {
        repos[i] = inventory->read(folders[i], detail);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!failure) failure = std::current_exception();
        next = folders.size();
      }
    }
  };
  run_in_threads(std::min<std::size_t>(jobs, folders.size()), work);
  if (failure) std::rethrow_exception(failure);
  CacheScan result;
  result.cache = inventory->totals();
  result.cache.layout = place.layout;
  result.cache.findings.insert(result.cache.findings.begin(), findings.begin(), findings.end());
  for (auto& repo : repos)
    if (repo) result.repos.push_back(std::move(*repo));
  return result;
}

}  // namespace

std::vector<CacheScan> scan(const ScanRequest& request) {
  std::vector<CacheScan> result;
  for (const Place& place : request.places) result.push_back(scan_one(place, request.detail, request.jobs));
  return result;
}

}  // namespace modelcache
