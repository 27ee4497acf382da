// SPDX-License-Identifier: Apache-2.0
#pragma once

// The files of a new clone's worktree. Promise: git takes each for unchanged without opening it, and each
// later change shows, since all of them seem to be older than the clone; no link leads out of the worktree or
// into .git.

#include "modelcache/format/git_index.hpp"
#include "modelcache/store/clone_lfs_store.hpp"
#include "modelcache/store/clone_objects.hpp"
#include "modelcache/store/clone_options.hpp"
#include "modelcache/store/clone_tree.hpp"

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace modelcache {

// Whether a link at `path` with this text stays in the worktree, whatever other such links there are.
bool is_safe_link(const RelPath& path, std::string_view text);

class CloneWorktree {
 public:
  // Times of contents: where the source tells them.
  using Times = std::unordered_map<Digest, timespec>;

  // All must outlive this object. `root` is the new worktree.
  CloneWorktree(const Dir& root, const CloneObjects& objects, const CloneLfsStore& store, const Times& times,
                const CloneOptions& options);

  // Makes the file; the status in the result is nothing for a link that is not safe, which is not made. The
  // disk need not have it before the next Dir::sync_file_system(). Throws Error(refused) where the file
  // system takes another file of the commit for the same.
  GitIndexEntry add(const CloneFile& file);

  // Whether the file system can have links; known after the first one.
  bool has_links() const noexcept { return has_links_; }

 private:
  const Dir& directory_of(const RelPath& path);
  bool make_link(const RelPath& path, const std::string& text);
  void write_pointer(const CloneFile& file);
  void write_regular(const CloneFile& file);
  void write_large(const CloneFile& file);
  void publish(class AtomicFile& made, const CloneFile& file);

  const Dir& root_;
  const CloneObjects& objects_;
  const CloneLfsStore& store_;
  const Times& times_;
  const CloneOptions& options_;
  timespec latest_;
  bool has_links_ = true;
  std::optional<Dir> directory_;
  std::string directory_path_;
};

}  // namespace modelcache
