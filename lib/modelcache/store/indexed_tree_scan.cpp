// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/indexed_tree_scan.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/store/index_check.hpp"
#include "modelcache/store/partials_scan.hpp"
#include "modelcache/store/repo_index.hpp"

#include <algorithm>

namespace modelcache {

namespace {

class IndexedTreeScan {
 public:
  IndexedTreeScan(const TreeScanContext& context, const TreeRepo& tree, Detail detail)
      : stock_(context, tree, detail) {}

  std::optional<ScannedRepo> run() {
    const auto folder = stock_.context().root.find_dir(stock_.tree().folder);
    if (!folder) return {};
    RepoIndex index = read_repo_index(*folder, stock_);
    stock_.begin_revision(index.revision.value_or(std::string(unknown_commit)), "");
    RepoStock::Walk walk = stock_.walk("");
    for (const std::string& directory : walk.unreadable)
      if (!is_client_file(directory))
        stock_.lack({"", {}, (directory.empty() ? "the repo" : directory) + " cannot be read"});
    IndexCheck check(stock_, std::move(index.entries));
    split_off_client_files(walk.files, check);
    check.run(walk.files, walk.unreadable);
    add_files(walk.files, check);
    for (LackingFile& file : stock_.revision().lacking) file.git_id = check.git_id(file.path);
    stock_.end_revision();
    add_partials(walk.files, check);
    return stock_.finish(*folder);
  }

 private:
  // What is left are files of the repo.
  void split_off_client_files(std::vector<WalkedFile>& files, const IndexCheck& index) {
    std::erase_if(files, [&](const WalkedFile& file) {
      if (index.names(file.path)) return false;
      const bool is_aside = file.path == ".msc.corrupted" || file.path == ".mdl.corrupted";
      if (is_aside)
        stock_.note(FindingCode::stray_entry, Severity::note, file.path,
                    "an index that modelscope could not read and put aside");
      else if (is_index_leftover(file.path))
        stock_.note(FindingCode::stray_entry, Severity::note, file.path,
                    "the leftover of an interrupted write of the index");
      else if (!is_client_file(file.path))
        return false;
      else if (file.path.find('/') != file.path.npos)
        return true;  // counted by the scan of what is on its way
      stock_.add_space(file.status, is_aside ? RepoStock::Use::reclaimable : RepoStock::Use::needed);
      return true;
    });
  }

  void add_files(const std::vector<WalkedFile>& files, const IndexCheck& index) {
    for (const WalkedFile& file : files)
      if (file.kind == WalkedFile::Kind::file)
        stock_.add({file.path,
                    file.status.size,
                    stock_.content_path(file, ""),
                    {},
                    {},
                    index.git_id(file.path),
                    !index.may_hold(file.path)},
                   file.status);
      else
        stock_.lack_unreadable("", file);
  }

  void add_partials(const std::vector<WalkedFile>& files, const IndexCheck& index) {
    const TreeRepo& tree = stock_.tree();
    const CachedSize cached = [&](const std::string& path) -> std::optional<std::uint64_t> {
      if (!index.names(path)) return {};
      const auto found = std::lower_bound(
          files.begin(), files.end(), path,
          [](const WalkedFile& file, const std::string& wanted) { return file.path < wanted; });
      if (found == files.end() || found->path != path || found->kind != WalkedFile::Kind::file) return {};
      return found->status.size;
    };
    const std::string name(partials_name(stock_.context().layout));
    const std::string beside = join_path(without_last(tree.folder, 2), name + "/" + tree.id);
    // The second is where a download with local_dir keeps them.
    for (const std::string& place : {beside, tree.folder + "/" + name})
      stock_.absorb(scan_partials(stock_.context(), {tree.type, tree.id, place, tree.form}, cached));
  }

  RepoStock stock_;
};

}  // namespace

std::optional<ScannedRepo> scan_indexed_tree(const TreeScanContext& context, const TreeRepo& tree,
                                             Detail detail) {
  return IndexedTreeScan(context, tree, detail).run();
}

}  // namespace modelcache
