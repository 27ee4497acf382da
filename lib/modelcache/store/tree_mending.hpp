// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mends a cache of AI Studio or ModelScope (store/tree_repos.hpp draws them). Promise: as Mending; the index
// of a repo stays as it is, since it says what the file is again.

#include "modelcache/store/file_mending.hpp"

namespace modelcache {

class TreeMending final : public FileMending {
 public:
  TreeMending(const Place& place, ForeignRoot foreign_root);

 protected:
  Location locate_file(const SpoiledFile& file) const override;
  std::string staging_of(const Dir& base, const std::string& directory) const override;
  std::vector<FileLock> lock(const SpoiledFile& file, std::chrono::milliseconds wait) override;
  MendedFile form_of(const SpoiledFile&) const override { return {}; }
  std::vector<const Dir*> bases() const override { return {&root_}; }

 private:
  Layout layout_;
  Dir root_;
};

}  // namespace modelcache
