// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/store.hpp"

#include <set>

namespace modelcache {

std::vector<std::string> Source::commits(const RepoId& repo) {
  std::set<std::string> commits;
  for (const NamedCommit& name : names(repo)) commits.insert(name.commit);
  return {commits.begin(), commits.end()};
}

std::vector<RelPath> Publication::present_paths() const {
  std::vector<RelPath> paths;
  for (std::size_t i = 0; i < present.size(); ++i)
    if (present[i]) paths.push_back(snapshot.entries[i].path);
  return paths;
}

}  // namespace modelcache
