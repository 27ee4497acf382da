// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is counted and found in one repo of an AI Studio or ModelScope tree, for the scans of its three forms.
// Promise: as Inventory; each inode counts once in a revision, in the repo and in the cache.

#include "modelcache/store/link_target.hpp"
#include "modelcache/store/stock_taking.hpp"
#include "modelcache/store/tree_repos.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

class Error;

// `path` without its last components; empty when it has no more than these.
std::string without_last(std::string_view path, int components);

// Stands for the commit where nothing says which one it is.
inline constexpr std::string_view unknown_commit = "unknown";

struct TreeScanContext {
  const Dir& root;
  const LinkFollower& links;
  Layout layout;
  SeenInodes& seen;     // by any name
  SeenInodes& counted;  // by a file of a revision
};

// A name below a repo's folder that is no directory.
struct WalkedFile {
  enum class Kind : std::uint8_t {
    file,     // or a link that leads to one below the root
    broken,   // a link that leads to nothing
    outside,  // a link that leads out of the root; where to is not looked at
    other,    // no file, or a link to none
  };
  std::string path;  // relative to where the walk began
  Kind kind = Kind::file;
  Status status{};     // of the file, by whatever name
  std::string target;  // of a link: relative to the root, or its text where that leads out
};

class RepoStock {
 public:
  RepoStock(const TreeScanContext& context, const TreeRepo& tree, Detail detail);

  const TreeScanContext& context() const noexcept { return context_; }
  const TreeRepo& tree() const noexcept { return tree_; }
  Detail detail() const noexcept { return detail_; }

  // `path` is relative to the repo's folder.
  void note(FindingCode code, std::string_view path, std::string_view detail);
  void note(FindingCode code, Severity severity, std::string_view path, std::string_view detail);
  // What could not be read, as what a user would call it; other errors are thrown on.
  void note_failure(std::string_view path, const Error& error);

  struct Walk {
    std::vector<WalkedFile> files;        // sorted by path
    std::vector<std::string> unreadable;  // names, most of them directories; relative to where the walk began
  };
  // All names below `top`, relative to the repo's folder, but those of systems.
  Walk walk(std::string_view top);

  // The directories in snapshots/ of the repo's `folder`; notes what else is there.
  void for_each_revision(const Dir& folder,
                         const std::function<void(const Dir& snapshots, const std::string& name)>& read);

  // Begins a revision; the files that follow are its own. `path` is relative to the repo's folder.
  void begin_revision(std::string commit, std::string_view path);
  RevisionInventory& revision() { return revision_; }
  // A file of the revision that clients can read.
  void add(FileInventory file, const Status& status);
  void lack(LackingFile file);
  // What the walk of a revision could not read.
  void lack_unread(const Walk& walk);
  // Notes why clients cannot read a walked file; it is lacking then. `top` is where the walk began.
  void lack_unreadable(std::string_view top, const WalkedFile& file);
  void end_revision();

  // Space that no revision's file takes: an index, a part of a download.
  enum class Use : std::uint8_t { needed, reclaimable };
  void add_space(const Status& status, Use use);

  // The path of a walked file's content, absolute.
  std::string content_path(const WalkedFile& file, std::string_view top) const;

  // Findings and space of what belongs to the repo and was looked at apart from it.
  void absorb(RepoInventory&& other);
  RepoInventory take() { return std::move(result_.repo); }
  ScannedRepo finish(const Dir& folder);

 private:
  const TreeScanContext& context_;
  TreeRepo tree_;
  Detail detail_;
  std::string name_;  // "model/org/name"
  ScannedRepo result_;
  RevisionInventory revision_;
  SeenInodes in_repo_;
  std::unique_ptr<SeenInodes> in_revision_;
};

}  // namespace modelcache
