// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/snapshots_tree_scan.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/store/partial_files.hpp"
#include "modelcache/store/tree_locks.hpp"

#include <map>
#include <set>

namespace modelcache {

namespace {

class SnapshotsTreeScan {
 public:
  SnapshotsTreeScan(const TreeScanContext& context, const TreeRepo& tree, Detail detail)
      : stock_(context, tree, detail), base_(without_last(tree.folder, 2)) {}

  std::optional<ScannedRepo> run() {
    const auto folder = stock_.context().root.find_dir(stock_.tree().folder);
    if (!folder) return {};
    folder->for_each([&](const Dir::Item& item) {
      if (item.name != "snapshots" && !is_system_file(item.name))
        stock_.note(FindingCode::stray_entry, item.name,
                    "modelscope >= 1.38 keeps nothing but snapshots/ here");
    });
    stock_.for_each_revision(*folder, [this](const Dir&, const std::string& name) { read_revision(name); });
    return stock_.finish(*folder);
  }

 private:
  void read_revision(const std::string& name) {
    const std::string top = "snapshots/" + name;
    stock_.begin_revision(name, top);
    const RepoStock::Walk walk = stock_.walk(top);
    stock_.lack_unread(walk);
    std::vector<std::string_view> paths;
    paths.reserve(walk.files.size());
    for (const WalkedFile& file : walk.files) paths.push_back(file.path);
    const PartialsBesideFiles partials(paths);
    told_.clear();
    for (const WalkedFile& file : walk.files) {
      if (const auto partial = partials.find(file.path, file.status.size))
        add_partial(top, file, *partial, partials);
      else
        add_file(top, file);
    }
    stock_.end_revision();
  }

  void add_file(const std::string& top, const WalkedFile& file) {
    if (file.kind == WalkedFile::Kind::file)
      return stock_.add({file.path, file.status.size, stock_.content_path(file, top), {}}, file.status);
    stock_.lack_unreadable(top, file);
  }

  void add_partial(const std::string& top, const WalkedFile& file, const PartialName& partial,
                   const PartialsBesideFiles& all) {
    const TreeRepo& tree = stock_.tree();
    const bool is_running =
        is_download_locked(stock_.context().root, base_, tree.type, tree.id, partial.target);
    stock_.add_space(file.status, is_running ? RepoStock::Use::needed : RepoStock::Use::reclaimable);
    stock_.note(FindingCode::partial_download, join_path(top, file.path),
                is_running ? "a download that is running" : "a download that never finished");
    const bool is_first = !all.has(partial.target) && told_.insert(partial.target).second;
    if (is_first) stock_.lack({partial.target, {}, "is not all here"});
  }

  RepoStock stock_;
  std::set<std::string> told_;  // files of this revision of which only parts are there
  std::string base_;            // the client's own root: the root, or "hub" below it
};

}  // namespace

std::optional<ScannedRepo> scan_snapshots_tree(const TreeScanContext& context, const TreeRepo& tree,
                                               Detail detail) {
  return SnapshotsTreeScan(context, tree, detail).run();
}

}  // namespace modelcache
