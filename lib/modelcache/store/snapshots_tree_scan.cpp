// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/snapshots_tree_scan.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/store/partial_files.hpp"

#include <map>
#include <set>

namespace modelcache {

namespace {

// Which of the files beside each other are on their way.
class Partials {
 public:
  explicit Partials(const std::vector<WalkedFile>& files) {
    for (const WalkedFile& file : files) {
      is_there_.insert(file.path);
      const auto name = partial_beside_files(file.path);
      if (!name) continue;
      if (name->kind != PartialKind::range)
        begun_.insert(name->target);
      else
        ++ranges_[name->target];
    }
  }

  // A range is one only where its file is not there and another part of it is, and where it is not too long:
  // many a file of a repo has a name that ends in two numbers.
  std::optional<PartialName> find(const WalkedFile& file) const {
    auto name = partial_beside_files(file.path);
    if (!name || name->kind != PartialKind::range) return name;
    const auto ranges = ranges_.find(name->target);
    const bool has_others = begun_.count(name->target) > 0 || (ranges != ranges_.end() && ranges->second > 1);
    if (is_there_.count(name->target) > 0 || !has_others || file.status.size > name->length) return {};
    return name;
  }

  // True once for each file that is not there.
  bool is_first_of_missing(const std::string& target) {
    return is_there_.count(target) == 0 && told_.insert(target).second;
  }

 private:
  std::set<std::string_view> is_there_;
  std::set<std::string> told_;
  std::set<std::string> begun_;
  std::map<std::string, int> ranges_;
};

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
    read_snapshots(*folder);
    return stock_.finish(*folder);
  }

 private:
  void read_snapshots(const Dir& folder) {
    try {
      const auto snapshots = folder.find_dir("snapshots");
      if (!snapshots) return;
      for (const std::string& name : snapshots->names()) {
        if (is_system_file(name)) continue;
        const auto status = snapshots->find_status(name);
        if (status && status->kind == FileKind::directory)
          read_revision(name);
        else
          stock_.note(FindingCode::stray_entry, "snapshots/" + name, "it is not the directory of a revision");
      }
    } catch (const Error& error) {
      stock_.note_failure("snapshots", error);
    }
  }

  void read_revision(const std::string& name) {
    const std::string top = "snapshots/" + name;
    stock_.begin_revision(name, top);
    const RepoStock::Walk walk = stock_.walk(top);
    for (const std::string& directory : walk.unreadable)
      stock_.lack({"", {}, (directory.empty() ? "the revision" : directory) + " cannot be read"});
    Partials partials(walk.files);
    for (const WalkedFile& file : walk.files) {
      if (const auto partial = partials.find(file))
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
                   Partials& all) {
    const TreeRepo& tree = stock_.tree();
    const bool is_running =
        is_download_locked(stock_.context().root, base_, tree.type, tree.id, partial.target);
    stock_.add_space(file.status, is_running ? RepoStock::Use::needed : RepoStock::Use::reclaimable);
    stock_.note(FindingCode::partial_download, join_path(top, file.path),
                is_running ? "a download that is running" : "a download that never finished");
    if (all.is_first_of_missing(partial.target)) stock_.lack({partial.target, {}, "is not all here"});
  }

  RepoStock stock_;
  std::string base_;  // the client's own root: the root, or "hub" below it
};

}  // namespace

std::optional<ScannedRepo> scan_snapshots_tree(const TreeScanContext& context, const TreeRepo& tree,
                                               Detail detail) {
  return SnapshotsTreeScan(context, tree, detail).run();
}

}  // namespace modelcache
