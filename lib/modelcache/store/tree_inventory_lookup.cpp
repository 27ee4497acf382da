// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/file_name.hpp"
#include "modelcache/store/repo_index.hpp"
#include "modelcache/store/tree_inventory.hpp"

#include <algorithm>

namespace modelcache {

namespace {

bool is_there(const LinkFollower& links, const std::string& path) {
  const LinkTarget target = links.follow(path);
  return target.end == LinkEnd::there && target.status.kind == FileKind::file;
}

std::vector<std::string> directories_of(const Dir& dir) {
  std::vector<std::string> names;
  dir.for_each([&](const Dir::Item& item) {
    if (item.kind == FileKind::directory) names.emplace_back(item.name);
  });
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::optional<std::string> TreeInventory::choose_directory(const Dir& snapshots,
                                                           const std::optional<std::string>& revision) const {
  if (revision) return path_flaw(*revision) ? std::nullopt : revision;
  const auto names = directories_of(snapshots);
  for (const char* name : {"master", "main"})
    if (std::find(names.begin(), names.end(), name) != names.end()) return name;
  return names.size() == 1 ? std::optional(names.front()) : std::nullopt;
}

Lookup TreeInventory::look_up_in_revision(const TreeRepo& tree, const std::optional<std::string>& revision,
                                          const std::string& file) const {
  const std::string folder = tree.folder + "/snapshots";
  const auto snapshots = root_.find_dir(folder);
  const auto name = snapshots ? choose_directory(*snapshots, revision) : std::nullopt;
  if (!name) return {};
  if (tree.form == TreeForm::snapshots) {
    const std::string path = folder + "/" + *name + "/" + file;
    return is_there(links_, path) ? Lookup{Lookup::Answer::found, root_.path_of(path)} : Lookup();
  }
  const auto commits = snapshots->find_dir(*name);
  if (!commits) return {};
  std::optional<std::string> newest;
  timespec when{};
  for (const std::string& commit : directories_of(*commits)) {
    std::string path = folder;
    path.append("/").append(*name).append("/").append(commit).append("/").append(file);
    const auto status = or_nothing([&] { return root_.find_status(path); });
    if (!status || !is_there(links_, path)) continue;
    const timespec made = status->modified;
    if (newest && is_before(made, when)) continue;
    newest = path;
    when = made;
  }
  return newest ? Lookup{Lookup::Answer::found, root_.path_of(*newest)} : Lookup();
}

Lookup TreeInventory::look_up(const std::string& folder, const std::optional<std::string>& revision,
                              std::string_view file) {
  if (client_refuses(file))
    throw Error(Cause::usage,
                "'" + terminal_safe(file) + "' is no file name in a repo; clients refuse it too");
  const TreeRepo* tree = find(folder);
  const std::string path(file);
  if (tree == nullptr || path_flaw(path)) return {};
  if (tree->form != TreeForm::indexed)
    return or_nothing([&] { return look_up_in_revision(*tree, revision, path); });
  if (is_client_file(file) || !is_there(links_, folder + "/" + path)) return {};
  // modelscope >= 1.38 takes what is there; aistudio-sdk asks its index.
  if (layout_ == Layout::aistudio && !is_indexed(*tree, path)) return {};
  return {Lookup::Answer::found, root_.path_of(folder + "/" + path)};
}

bool TreeInventory::is_indexed(const TreeRepo& tree, const std::string& file) const {
  const auto folder = root_.find_dir(tree.folder);
  if (!folder) return false;
  const TreeScanContext context{root_, links_, layout_, seen_, counted_};
  RepoStock unheard(context, tree, Detail::revisions);
  const auto entries = read_repo_index(*folder, unheard).entries;
  return entries && std::any_of(entries->begin(), entries->end(),
                                [&](const MscEntry& entry) { return entry.path == file; });
}

}  // namespace modelcache
