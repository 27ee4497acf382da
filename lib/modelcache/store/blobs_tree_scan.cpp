// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/blobs_tree_scan.hpp"

#include "modelcache/base/digest.hpp"
#include "modelcache/base/error.hpp"

#include <map>

namespace modelcache {

namespace {

bool is_content_name(std::string_view name) {
  return Digest::parse(HashKind::git_sha1, name) || Digest::parse(HashKind::sha256, name);
}

class BlobsTreeScan {
 public:
  BlobsTreeScan(const TreeScanContext& context, const TreeRepo& tree, Detail detail)
      : stock_(context, tree, detail) {}

  std::optional<ScannedRepo> run() {
    const auto folder = stock_.context().root.find_dir(stock_.tree().folder);
    if (!folder) return {};
    for (const std::string& name : folder->names())
      if (name != "blobs" && name != "snapshots" && !is_system_file(name))
        stock_.note(FindingCode::stray_entry, name, "aistudio-sdk 0.2 keeps blobs/ and snapshots/ here");
    read_blobs();
    stock_.for_each_revision(
        *folder, [this](const Dir& snapshots, const std::string& name) { read_revision(snapshots, name); });
    note_orphans();
    return stock_.finish(*folder);
  }

 private:
  struct Blob {
    Status status;
    bool is_used = false;
  };
  // The newest link of a path in a revision.
  struct Link {
    WalkedFile file;
    std::string commit;
    timespec made{};
  };

  void read_blobs() {
    for (WalkedFile& file : stock_.walk("blobs").files) {
      if (file.kind == WalkedFile::Kind::file && is_content_name(file.path))
        blobs_[file.path].status = file.status;
      else
        stock_.note(FindingCode::stray_entry, "blobs/" + file.path, "it is no content");
    }
  }

  void read_revision(const Dir& snapshots, const std::string& name) {
    const std::string top = "snapshots/" + name;
    stock_.begin_revision(name, top);
    RepoStock::Walk walk = stock_.walk(top);
    stock_.lack_unread(walk);
    std::map<std::string, Link> links;
    for (WalkedFile& file : walk.files) {
      const std::size_t slash = file.path.find('/');
      if (slash == file.path.npos) {
        stock_.note(FindingCode::stray_entry, top + "/" + file.path, "it is not the directory of a commit");
        continue;
      }
      const auto own = snapshots.find_status(name + "/" + file.path);
      Link link{file, file.path.substr(0, slash), own ? own->modified : timespec{}};
      Link& known = links.emplace(file.path.substr(slash + 1), link).first->second;
      if (is_before(known.made, link.made)) known = std::move(link);
    }
    for (const auto& [path, link] : links) add(top, path, link);
    stock_.end_revision();
  }

  void add(const std::string& top, const std::string& path, const Link& link) {
    const auto named = blob_of(link.file);
    FileInventory file{path, 0, {}, {}, link.commit};
    if (named != blobs_.end()) {
      named->second.is_used = true;
      file.size = named->second.status.size;
      file.blob = stock_.context().root.path_of(stock_.tree().folder + "/blobs/" + named->first);
      return stock_.add(std::move(file), named->second.status);
    }
    if (link.file.kind != WalkedFile::Kind::file) return stock_.lack_unreadable(top, link.file);
    file.size = link.file.status.size;
    file.blob = stock_.content_path(link.file, top);
    stock_.add(std::move(file), link.file.status);
  }

  // The blob that a link leads to here, or led to before the tree was moved.
  std::map<std::string, Blob>::iterator blob_of(const WalkedFile& file) {
    const std::string within = "/" + stock_.tree().folder + "/blobs/";
    const std::string target = "/" + file.target;
    const std::size_t at = target.rfind(within);
    return at == target.npos ? blobs_.end() : blobs_.find(target.substr(at + within.size()));
  }

  void note_orphans() {
    for (const auto& [name, blob] : blobs_) {
      if (blob.is_used) continue;
      stock_.add_space(blob.status, RepoStock::Use::needed);
      stock_.note(FindingCode::blob_orphan, "blobs/" + name,
                  "no revision names it, but its client would take it: " + std::to_string(blob.status.size) +
                      " bytes");
    }
  }

  RepoStock stock_;
  std::map<std::string, Blob> blobs_;
};

}  // namespace

std::optional<ScannedRepo> scan_blobs_tree(const TreeScanContext& context, const TreeRepo& tree,
                                           Detail detail) {
  return BlobsTreeScan(context, tree, detail).run();
}

}  // namespace modelcache
