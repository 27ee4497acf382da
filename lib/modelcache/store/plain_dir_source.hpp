// SPDX-License-Identifier: Apache-2.0
#pragma once

// A plain directory of model files, read as one revision: written by us, by a client's local_dir download, by
// hand, or a smudged clone without its .git:
//
//   DIR/<path>               the files
//   DIR/.cache/huggingface   what is noted of them (store/local_bookkeeping.hpp)
//
// Promise: no link is followed and nothing is written; a file that was changed after it was noted is named by
// what it holds now, and a commit is kept only while all files still agree with it.
//
// A file that is noted as unchanged is not read. The commit is, in this order: the one that is asked for; the
// noted one, while every file that is here has the content that its listing or note says; else the id of the
// git tree of what is here, as it would be with LFS pointers for the large files.

#include "modelcache/format/lfs_rule.hpp"
#include "modelcache/store/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

struct PlainDirOptions {
  std::optional<RepoId> repo = {};           // nothing: as noted by us
  std::optional<RepoType> repo_type = {};    // beats the type that is noted
  std::optional<std::string> commit = {};    // 40 lower-case hex: the files are of this commit
  std::optional<std::string> manifest = {};  // path of a file in a form of format/manifest.hpp
  LfsHabit habit = LfsHabit::hub;            // by which large files are told where nothing else does
};

class PlainDirSource final : public Source {
 public:
  // Throws Error(not_found) when `path` is not there, Error(refused) when the manifest cannot be read.
  PlainDirSource(const std::string& path, PlainDirOptions options);
  ~PlainDirSource() override;

  // One repo. Throws Error(usage), naming --repo, when nothing tells which.
  std::vector<RepoId> repos() override;
  // The noted refs, else "main"; none while only the contents tell the commit.
  std::vector<NamedCommit> names(const RepoId& repo) override;
  std::vector<Finding> left_out(const RepoId& repo) override;
  // The commit is empty while only the contents tell it.
  Selected select(const RepoId& repo, std::string_view revision) override;
  std::string default_branch(const RepoId& repo) override;
  Snapshot snapshot(const RepoId& repo, std::string_view revision) override;
  void identify(const RepoId& repo, Snapshot& snapshot, const IdentifyOptions& options) override;
  std::optional<std::string> lacks(const RepoId& repo, const Entry& entry) override;
  Content open(const RepoId& repo, const Entry& entry) override;
  std::optional<ContentPlace> place(const RepoId& repo, const Entry& entry) override;
  // Removes the files that hold these contents and were not changed since they were looked at, what is noted
  // of them, and directories that are empty then; the directory itself stays.
  Freed remove(const RepoId& repo, const Moved& moved) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modelcache
