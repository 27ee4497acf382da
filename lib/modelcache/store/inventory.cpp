// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/inventory.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/model/snapshot.hpp"

#include <algorithm>

namespace modelcache {

namespace {

constexpr std::size_t shortest_prefix = 7;

template <typename Test>
const RevisionInventory* find_where(const RepoInventory& repo, const Test& test) {
  const auto found = std::find_if(repo.revisions.begin(), repo.revisions.end(), test);
  return found != repo.revisions.end() ? &*found : nullptr;
}

}  // namespace

const RevisionInventory* find_revision(const RepoInventory& repo, std::string_view revision) {
  const auto is_named = [&](const RevisionInventory& one) {
    return std::find(one.refs.begin(), one.refs.end(), revision) != one.refs.end();
  };
  const RevisionInventory* exact =
      find_where(repo, [&](const RevisionInventory& one) { return one.commit == revision; });
  if (exact != nullptr && is_commit_id(revision)) return exact;
  if (const RevisionInventory* named = find_where(repo, is_named)) return named;
  if (exact != nullptr || revision.size() < shortest_prefix) return exact;
  const auto fits = [&](const RevisionInventory& one) { return one.commit.starts_with(revision); };
  if (std::count_if(repo.revisions.begin(), repo.revisions.end(), fits) > 1)
    throw Error(Cause::usage, "the revision '" + terminal_safe(revision) + "' is ambiguous");
  return find_where(repo, fits);
}

}  // namespace modelcache
