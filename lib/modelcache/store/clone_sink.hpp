// SPDX-License-Identifier: Apache-2.0
#pragma once

// Writes one revision as a new git clone with git-lfs:
//
//   PARENT/.<name>.modelcache-incomplete   where it grows (store/new_directory.hpp)
//   ROOT/.git/objects/pack                 one pack: regular files, pointers, trees, the commit
//   ROOT/.git/lfs/objects                  large files
//   ROOT/.git/index                        what git knows of the worktree; written last
//   ROOT/<path>                            the worktree
//
// Promise: ROOT appears at once with all that is in it, on disk, or not at all; what a run before left is
// thrown away, since nothing tells who wrote it. The tree is git's own for these files; the commit is the
// snapshot's where its object is known and fits, else one that notes() tells of. No program is run.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/clone_options.hpp"
#include "modelcache/store/root_owner.hpp"
#include "modelcache/store/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace modelcache {

class NewDirectory;
struct CloneTree;
struct FileSystemTraits;

class CloneSink final : public Sink {
 public:
  // `path` is where the clone is to be. Throws Error(refused) when something is there, but an empty
  // directory; and when that, or where it would be made, belongs to somebody else (not us, not root) and that
  // is not allowed.
  CloneSink(const std::string& path, CloneOptions options, ForeignRoot foreign);
  ~CloneSink() override;

  std::string path_of(const Snapshot& snapshot) const override;
  bool holds(const RepoId& repo, const Entry& entry, const PutOptions& options) override;
  bool shows_file(const RepoId& repo, std::string_view commit, const Entry& entry) override;
  bool is_published(const Publication& publication) override;
  std::vector<std::string> notes(const Publication& publication) const override;
  std::uint64_t free_bytes() const override;
  Method foresee(const Entry& entry, const std::optional<ContentPlace>& place,
                 const PutOptions& options) const override;
  std::uint64_t extra_bytes(const Publication& publication) const override;
  bool proves(const RepoId& repo, const Entry& entry) override;
  // One repo only.
  void prepare(const RepoId& repo, std::chrono::milliseconds wait) override;
  PutResult put(const RepoId& repo, const Entry& entry, Content content, const PutOptions& options) override;
  // One revision only.
  std::vector<Finding> publish(const Publication& publication) override;

 private:
  struct Growing;

  Growing& growing(const RepoId& repo);
  std::vector<Finding> write_worktree(const Growing& here, const CloneTree& tree,
                                      FileSystemTraits& traits) const;
  void appear();

  std::string path_;
  CloneOptions options_;
  std::unique_ptr<NewDirectory> root_;
  std::unique_ptr<Growing> growing_;
  std::optional<Publication> published_;
};

}  // namespace modelcache
