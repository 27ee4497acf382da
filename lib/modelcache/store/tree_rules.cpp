// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_rules.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/store/modelscope_rules.hpp"
#include "modelcache/store/msc_tree_rules.hpp"
#include "modelcache/store/tree_repos.hpp"

#include <algorithm>

namespace modelcache {

namespace {

const TreeRepo* find_form(const std::vector<TreeRepo>& places, TreeForm form) {
  const auto found =
      std::find_if(places.begin(), places.end(), [&](const TreeRepo& one) { return one.form == form; });
  return found == places.end() ? nullptr : &*found;
}

}  // namespace

std::unique_ptr<TreeRules> make_tree_rules(const Dir* root, const RepoId& repo, const TreeOptions& options) {
  const auto places = root != nullptr ? find_tree_repo(*root, options.layout, repo) : std::vector<TreeRepo>();
  const TreeRepo* older = find_form(places, TreeForm::indexed);
  if (older != nullptr) return std::make_unique<MscTreeRules>(repo, older->folder, options);
  if (options.layout == Layout::aistudio)
    return std::make_unique<MscTreeRules>(repo, indexed_folder(repo), options);
  const TreeRepo* newer = find_form(places, TreeForm::snapshots);
  if (options.release == ModelscopeRelease::automatic)
    return std::make_unique<ModelscopeRules>(repo, newer != nullptr ? newer->folder : snapshots_folder(repo));
  if (newer != nullptr && root != nullptr)
    throw Error(Cause::refused,
                "cannot write " + repo.text() +
                    " for modelscope 1.37 and older: " + root->path_of(newer->folder) +
                    " holds it for later releases, and the older tree would hide that from them");
  return std::make_unique<MscTreeRules>(repo, indexed_folder(repo), options);
}

}  // namespace modelcache
