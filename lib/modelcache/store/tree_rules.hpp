// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the trees of AI Studio and ModelScope differ in when one repo is written: where its files are seen and
// what is noted of them. Promise: asking reads, and only write() and forget() change anything.

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/dir.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/store/store.hpp"
#include "modelcache/store/tree_options.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

class TreeRules {
 public:
  virtual ~TreeRules() = default;

  // The directories that show the snapshot, relative to the root; at least one.
  virtual std::vector<std::string> folders(const Snapshot& snapshot) const = 0;
  // Directories of this repo that are there, where a content may lie already.
  virtual std::vector<std::string> present_folders(const Dir& root) const = 0;
  // For contents on their way; relative to the root.
  virtual std::string staging() const = 0;

  virtual bool keeps_one_revision() const = 0;
  virtual bool needs_last_commits() const { return false; }
  // Throws Error(refused) for what cannot be written here.
  virtual void require_expressible(const Publication& publication) const = 0;
  virtual std::vector<std::string> notes(const Publication& publication) const = 0;

  // Takes what keeps clients out of the repo while we write. Throws Error(busy).
  virtual std::optional<FileLock> lock(const Dir& root, std::chrono::milliseconds wait) const = 0;
  // The same for one file of a directory that was there.
  virtual std::optional<FileLock> lock_file(const Dir& /*root*/, const RelPath& /*path*/,
                                            std::chrono::milliseconds /*wait*/) const {
    return {};
  }

  // Whether what is noted tells contents at all; else --verify=size goes by sizes.
  virtual bool tells_contents() const = 0;
  // Whether what is noted tells that the file, unchanged since, is this entry.
  virtual bool is_noted(const Dir& folder, const Entry& entry, const Status& status) const = 0;
  // Whether write() would find nothing to do.
  virtual bool is_done(const Dir& folder, const Publication& publication) const = 0;
  // Before files are replaced: nothing noted is true of them any more. Durable on return.
  virtual void forget(const Dir& folder, const Dir& parts, const std::vector<RelPath>& paths) const = 0;
  // Notes the present entries, whose files are there. all_by_caller: nothing is durable yet.
  virtual std::vector<Finding> write(const Dir& folder, const Dir& parts, const Publication& publication,
                                     AtomicFile::NameSync sync) const = 0;
};

// Those of the layout that `options` and what is below `root` ask for; `root` is null where nothing is yet.
// Throws Error(refused) for a repo that the layout has no folder for, and where the layout that is asked for
// would hide another one of the same repo.
std::unique_ptr<TreeRules> make_tree_rules(const Dir* root, const RepoId& repo, const TreeOptions& options);

}  // namespace modelcache
