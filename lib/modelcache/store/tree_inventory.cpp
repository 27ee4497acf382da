// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_inventory.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/model/snapshot.hpp"
#include "modelcache/store/blobs_tree_scan.hpp"
#include "modelcache/store/indexed_tree_scan.hpp"
#include "modelcache/store/snapshots_tree_scan.hpp"
#include "modelcache/store/trees_root_scan.hpp"

#include <algorithm>

namespace modelcache {

TreeInventory::TreeInventory(const std::string& root, Layout layout)
    : root_(Dir::open_root(absolute_path(root))),
      layout_(layout),
      links_(root_, real_path(root_.path())),
      found_(find_tree_repos(root_, layout)) {
  // They have the shape of a hub cache, and are shown as one.
  std::erase_if(found_.repos, [](const TreeRepo& tree) { return tree.form == TreeForm::hub; });
}

const TreeRepo* TreeInventory::find(const std::string& folder) const {
  const auto found = std::find_if(found_.repos.begin(), found_.repos.end(),
                                  [&](const TreeRepo& tree) { return tree.folder == folder; });
  return found != found_.repos.end() ? &*found : nullptr;
}

std::vector<std::string> TreeInventory::folders(std::vector<Finding>& findings) {
  RootFindings root = scan_trees_root({root_, links_, layout_, seen_, counted_}, found_);
  std::move(root.findings.begin(), root.findings.end(), std::back_inserter(findings));
  {
    const std::scoped_lock lock(mutex_);
    allocated_ += root.allocated;
    reclaimable_ += root.reclaimable;
  }
  std::vector<std::string> folders;
  for (const TreeRepo& tree : found_.repos) folders.push_back(tree.folder);
  std::sort(folders.begin(), folders.end());
  return folders;
}

const TreeRepo* TreeInventory::shadow_of(const TreeRepo& tree) const {
  const auto first = std::find_if(found_.repos.begin(), found_.repos.end(), [&](const TreeRepo& other) {
    return other.type == tree.type && other.id == tree.id;
  });
  return first != found_.repos.end() && first->folder != tree.folder ? &*first : nullptr;
}

std::optional<ScannedRepo> TreeInventory::scan(const TreeRepo& tree, Detail detail) const {
  const TreeScanContext context{root_, links_, layout_, seen_, counted_};
  switch (tree.form) {
    case TreeForm::indexed:
      return scan_indexed_tree(context, tree, detail);
    case TreeForm::snapshots:
      return scan_snapshots_tree(context, tree, detail);
    case TreeForm::blobs:
      return scan_blobs_tree(context, tree, detail);
    case TreeForm::hub:
      break;
  }
  return {};
}

std::optional<RepoInventory> TreeInventory::read(const std::string& folder, Detail detail) {
  const TreeRepo* tree = find(folder);
  if (tree == nullptr) return {};
  auto scanned = scan(*tree, detail);
  if (!scanned) return {};
  if (const TreeRepo* shadow = shadow_of(*tree))
    scanned->repo.findings.push_back(make_finding(
        FindingCode::layout_shadowed, std::string(to_string(tree->type)) + "/" + tree->id, tree->folder,
        "modelscope >= 1.38 takes " + shadow->folder + " instead, for every revision"));
  const std::scoped_lock lock(mutex_);
  physical_ += scanned->physical;
  allocated_ += scanned->repo.allocated;
  reclaimable_ += scanned->repo.reclaimable;
  ++repos_;
  return std::move(scanned->repo);
}

std::optional<std::string> TreeInventory::find_folder(const RepoId& repo) {
  const auto named = [&](const std::string& id, bool is_blobs) -> std::optional<std::string> {
    for (const TreeRepo& tree : found_.repos)
      if (tree.type == repo.type() && tree.id == id && (!is_blobs || tree.form == TreeForm::blobs))
        return tree.folder;
    return {};
  };
  if (auto folder = named(repo.id(), false)) return folder;
  // aistudio-sdk 0.2 leaves the owner out of the path.
  return named(repo.id().substr(repo.id().find('/') + 1), true);
}

const RevisionInventory* TreeInventory::choose_revision(const RepoInventory& repo,
                                                        const std::optional<std::string>& revision) const {
  const bool is_indexed = repo.revisions.size() == 1 && repo.revisions.front().path == repo.path;
  if (is_indexed) {
    // The client asks nobody which branch this is; only a commit can be told from another one.
    const RevisionInventory& only = repo.revisions.front();
    const bool is_other =
        revision && is_commit_id(*revision) && is_commit_id(only.commit) && *revision != only.commit;
    return is_other ? nullptr : &only;
  }
  if (revision) return find_revision(repo, *revision);
  for (const char* name : {"master", "main"})
    if (const RevisionInventory* found = find_revision(repo, name)) return found;
  return repo.revisions.size() == 1 ? &repo.revisions.front() : nullptr;
}

CacheInventory TreeInventory::totals() {
  CacheInventory cache;
  cache.layout = layout_;
  cache.path = root_.path();
  cache.size = physical_;
  cache.allocated = allocated_;
  cache.reclaimable = reclaimable_;
  cache.repos = repos_;
  if (layout_ != Layout::modelscope) return cache;
  for (const char* name : {"mcps", "skills"}) {
    try {
      const auto dir = or_nothing([&] { return root_.find_dir(name); });
      if (!dir) continue;
      SectionInventory section{name, root_.path_of(name), 0, 0, 0};
      measure(*dir, section);
      cache.sections.push_back(std::move(section));
    } catch (const Error& error) {
      cache.findings.push_back(make_finding(FindingCode::permission_denied, "", name, error.what()));
    }
  }
  return cache;
}

}  // namespace modelcache
