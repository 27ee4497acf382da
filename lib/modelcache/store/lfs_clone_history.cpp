// SPDX-License-Identifier: Apache-2.0
// The last commit that changed each file, as git log -1 -- PATH has it.
#include "modelcache/store/lfs_clone_state.hpp"

#include <git2.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace modelcache {

namespace {

using Places = std::vector<std::size_t>;  // of entries, sorted

// Walks from a commit to its parents with all files that are as they are in it. At a merge a file follows the
// first parent that has it so; what no parent has so was changed by the commit itself.
class HistoryWalk {
 public:
  HistoryWalk(git_repository* repository, Snapshot& snapshot) : repository_(repository), snapshot_(snapshot) {
    for (std::size_t i = 0; i < snapshot.entries.size(); ++i)
      places_.emplace(snapshot.entries[i].path.bytes(), i);
  }

  void run() {
    Places all(snapshot_.entries.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    git_oid start;
    require_git(git_oid_fromstr(&start, snapshot_.commit.c_str()), "read", snapshot_.commit);
    if (!all.empty()) add(start, std::move(all));
    while (!waiting_.empty()) {
      // The newest first: where two lines of history meet again, their files go on together.
      auto node = waiting_.extract(waiting_.begin());
      visit(*node.mapped().commit, std::move(node.mapped().places));
    }
  }

 private:
  struct Waiting {
    GitOwner<git_commit> commit;
    Places places;
  };
  using Key = std::pair<std::int64_t, std::string>;  // time, id

  // False when the commit is not here: history is cut.
  bool add(const git_oid& id, Places places) {
    git_commit* found = nullptr;
    if (!found_git(git_commit_lookup(&found, repository_, &id), "read a commit of", snapshot_.commit))
      return false;
    GitOwner<git_commit> commit(found);
    const std::string name(git_oid_tostr_s(&id));
    const auto [at, is_new] =
        waiting_.try_emplace(Key{git_commit_time(found), name}, Waiting{std::move(commit), {}});
    Places merged;
    std::merge(at->second.places.begin(), at->second.places.end(), places.begin(), places.end(),
               std::back_inserter(merged));
    at->second.places = std::move(merged);
    return true;
  }

  GitOwner<git_tree> tree_of(const git_commit& commit) const {
    git_tree* tree = nullptr;
    require_git(git_commit_tree(&tree, &commit), "read the tree of", git_oid_tostr_s(git_commit_id(&commit)));
    return GitOwner<git_tree>(tree);
  }

  std::unordered_set<std::size_t> changed(git_tree* before, git_tree* after) const {
    git_diff_options options{};
    require_git(git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION), "compare trees of",
                snapshot_.commit);
    options.flags = GIT_DIFF_INCLUDE_TYPECHANGE | GIT_DIFF_SKIP_BINARY_CHECK;
    git_diff* found = nullptr;
    require_git(git_diff_tree_to_tree(&found, repository_, before, after, &options), "compare trees of",
                snapshot_.commit);
    const GitOwner<git_diff> diff(found);
    std::unordered_set<std::size_t> result;
    for (std::size_t i = 0; i < git_diff_num_deltas(diff.get()); ++i) {
      const git_diff_delta& delta = *git_diff_get_delta(diff.get(), i);
      const auto place = places_.find(delta.new_file.path);
      if (place != places_.end()) result.insert(place->second);
    }
    return result;
  }

  void visit(const git_commit& commit, Places places) {
    const GitOwner<git_tree> tree = tree_of(commit);
    bool is_cut = false;
    const unsigned parents = git_commit_parentcount(&commit);
    for (unsigned i = 0; i < parents && !places.empty(); ++i) {
      git_commit* found = nullptr;
      if (!found_git(git_commit_parent(&found, &commit, i), "read a commit of", snapshot_.commit)) {
        is_cut = true;
        continue;
      }
      const GitOwner<git_commit> parent(found);
      const auto differing = changed(tree_of(*parent).get(), tree.get());
      Places same;
      Places rest;
      std::partition_copy(places.begin(), places.end(), std::back_inserter(rest), std::back_inserter(same),
                          [&](std::size_t place) { return differing.contains(place); });
      places = std::move(rest);
      if (!same.empty()) add(*git_commit_id(parent.get()), std::move(same));
    }
    // What may be as it is in a parent that is not here nobody can tell.
    if (is_cut) return;
    const std::string id(git_oid_tostr_s(git_commit_id(&commit)));
    for (const std::size_t place : places) snapshot_.entries[place].last_commit = id;
  }

  git_repository* repository_;
  Snapshot& snapshot_;
  std::unordered_map<std::string_view, std::size_t> places_;  // path -> place
  std::map<Key, Waiting, std::greater<>> waiting_;
};

}  // namespace

void LfsClone::State::find_last_commits(Snapshot& snapshot) const {
  HistoryWalk(repository.get(), snapshot).run();
}

}  // namespace modelcache
