// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mends a git clone: files of the worktree and LFS objects. Promise: as Mending; a file of the worktree has
// the executable bit that git says, an object the mode that a clone of ours gives it, and nothing else below
// .git changes.
//
//   ROOT/.git/.work.modelcache      where contents come together, but in a linked worktree
//   STORE/.objects.modelcache       the same of LFS objects; both gone when all is done

#include "modelcache/store/file_mending.hpp"
#include "modelcache/store/lfs_clone.hpp"

namespace modelcache {

class CloneMending final : public FileMending {
 public:
  CloneMending(const std::string& path, ForeignRoot foreign_root);

 protected:
  Location locate_file(const SpoiledFile& file) const override;
  std::string staging_of(const Dir& base, const std::string& directory) const override;
  std::vector<FileLock> lock(const SpoiledFile&, std::chrono::milliseconds) override { return {}; }
  MendedFile form_of(const SpoiledFile& file) const override;
  std::vector<const Dir*> bases() const override;

 private:
  LfsClone clone_;
};

}  // namespace modelcache
