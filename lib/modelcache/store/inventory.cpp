// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/inventory.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/model/snapshot.hpp"
#include "modelcache/store/hf_inventory.hpp"
#include "modelcache/store/tree_inventory.hpp"

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

std::string LackingFile::line() const {
  return path + (path.empty() ? "" : " ") + reason;
}

std::string RevisionInventory::path_of(const FileInventory& file) const {
  return path + "/" + (file.below.empty() ? "" : file.below + "/") + file.path;
}

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

std::unique_ptr<Inventory> open_inventory(const Place& place) {
  switch (place.layout) {
    case Layout::hf:
      return std::make_unique<HfInventory>(place.path);
    case Layout::aistudio:
    case Layout::modelscope:
      return std::make_unique<TreeInventory>(place.path, place.layout);
    case Layout::clone:
    case Layout::dir:
      break;
  }
  throw Error(Cause::usage, "'" + terminal_safe(place.text()) +
                                "' is no cache; hf:PATH, aistudio:PATH and modelscope:PATH are scanned");
}

}  // namespace modelcache
