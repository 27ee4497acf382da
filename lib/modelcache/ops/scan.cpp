// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/scan.hpp"

#include "modelcache/base/threads.hpp"

namespace modelcache {

namespace {

CacheScan scan_one(const Place& place, Detail detail, unsigned jobs) {
  const auto inventory = open_inventory(place);
  std::vector<Finding> findings;
  const std::vector<std::string> folders = inventory->folders(findings);
  std::vector<std::optional<RepoInventory>> repos(folders.size());
  for_each_in_threads(jobs, folders.size(),
                      [&](std::size_t i) { repos[i] = inventory->read(folders[i], detail); });
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
