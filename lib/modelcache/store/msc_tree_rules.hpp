// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a repo is written for aistudio-sdk 0.3 and modelscope 1.23 - 1.37, each file with its entry in .msc:
//
//   ROOT/models/<owner>/<name>/<path>               the files; <name> with "___" for each dot
//   ROOT/models/<owner>/<name>/.msc .mdl .mv        index, id, version
//   ROOT/models/<owner>/.<name>.modelcache          where we stage; gone when we are done
//
// Promise: as TreeRules; an entry is written after its file, and it is what the client compares with its
// server: the git id of the file or of its LFS pointer (AI Studio), the last commit that changed it
// (ModelScope).

#include "modelcache/store/tree_repos.hpp"
#include "modelcache/store/tree_rules.hpp"

#include <map>
#include <string>

namespace modelcache {

struct MscIndex;

class MscTreeRules final : public TreeRules {
 public:
  // `folder` is relative to the root.
  MscTreeRules(RepoId repo, std::string folder, const TreeOptions& options)
      : repo_(std::move(repo)), folder_(std::move(folder)), options_(options) {}

  std::vector<std::string> folders(const Snapshot& snapshot) const override;
  std::vector<std::string> present_folders(const Dir& root) const override;
  std::string staging() const override;
  bool keeps_one_revision() const override { return true; }
  bool needs_last_commits() const override { return options_.layout == Layout::modelscope; }
  void require_expressible(const Publication& publication) const override;
  std::vector<std::string> notes(const Publication& publication) const override;
  std::optional<FileLock> lock(const Dir& root, std::chrono::milliseconds wait) const override;
  bool tells_contents() const override { return options_.layout == Layout::aistudio; }
  bool is_noted(const Dir& folder, const Entry& entry, const Status& status) const override;
  bool is_done(const Dir& folder, const Publication& publication) const override;
  void forget(const Dir& folder, const Dir& parts, const std::vector<RelPath>& paths) const override;
  std::vector<Finding> write(const Dir& folder, const Dir& parts, const Publication& publication,
                             AtomicFile::NameSync sync) const override;

 private:
  bool has_entry(const RelPath& path) const {
    return belongs_in_index(msc_flavour(options_.layout), repo_.type(), path);
  }
  std::string revision_of(const Entry& entry) const;
  std::string version_text(const Snapshot& snapshot) const;
  std::string base() const;
  MscIndex merged_index(const Dir& folder, const Publication& publication) const;
  const std::map<std::string, std::string>& known_entries(const Dir& folder) const;

  RepoId repo_;
  std::string folder_;
  TreeOptions options_;
  // The index as it was read last: path -> Revision, and when it was written.
  mutable std::optional<std::map<std::string, std::string>> known_;
  mutable timespec known_since_{};
};

}  // namespace modelcache
