// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/store.hpp"

#include <set>

namespace modelcache {

std::vector<std::string> Source::commits(const RepoId& repo) {
  std::set<std::string> commits;
  for (const NamedCommit& name : names(repo)) commits.insert(name.commit);
  return {commits.begin(), commits.end()};
}

}  // namespace modelcache
