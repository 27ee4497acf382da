// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a repo is written for modelscope 1.38 and later, which proves files by what its server says and keeps
// no note of them:
//
//   ROOT/models/<owner>--<name>/snapshots/<revision>/<path>   all files, .gitattributes and .gitignore too
//   ROOT/models/<owner>--<name>/.modelcache                   where we stage; gone when we are done
//   ROOT/.lock/file_<hash>.lock                               the client's lock on one file
//
// <revision> is the name that users ask for; a commit that has no name stands for itself. Promise: as
// TreeRules.

#include "modelcache/store/tree_rules.hpp"

#include <string>
#include <utility>

namespace modelcache {

class ModelscopeRules final : public TreeRules {
 public:
  // `folder` of the repo is relative to the root.
  ModelscopeRules(RepoId repo, std::string folder) : repo_(std::move(repo)), folder_(std::move(folder)) {}

  std::vector<std::string> folders(const Snapshot& snapshot) const override;
  std::vector<std::string> present_folders(const Dir& root) const override;
  std::string staging() const override { return folder_ + "/.modelcache"; }
  bool keeps_one_revision() const override { return false; }
  void require_expressible(const Publication& publication) const override;
  std::vector<std::string> notes(const Publication& publication) const override;
  std::optional<FileLock> lock(const Dir& root, std::chrono::milliseconds wait) const override;
  std::optional<FileLock> lock_file(const Dir& root, const RelPath& path,
                                    std::chrono::milliseconds wait) const override;
  bool tells_contents() const override { return false; }
  bool is_noted(const Dir&, const Entry&, const Status&) const override { return false; }
  bool is_done(const Dir&, const Publication&) const override { return true; }
  void forget(const Dir&, const Dir&, const std::vector<RelPath>&) const override {}
  std::vector<Finding> write(const Dir&, const Dir&, const Publication&,
                             AtomicFile::NameSync) const override {
    return {};
  }

 private:
  RepoId repo_;
  std::string folder_;
};

}  // namespace modelcache
