// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mends a plain directory, also one that a client downloaded into (local_dir) and one repo of a tree of AI
// Studio or ModelScope. Promise: as Mending; what is noted of the files stays as it is, and a restored file
// is no younger than its note, so that the hub's client takes it for what it downloaded.

#include "modelcache/store/file_mending.hpp"

namespace modelcache {

class DirMending final : public FileMending {
 public:
  DirMending(const std::string& path, ForeignRoot foreign_root);
  ~DirMending() override { DirMending::finish(); }

  void finish() override;

 protected:
  Location locate_file(const SpoiledFile& file) const override;
  std::string staging_of(const Dir& base, const std::string& directory) const override;
  std::vector<FileLock> lock(const SpoiledFile& file, std::chrono::milliseconds wait) override;
  MendedFile form_of(const SpoiledFile& file) const override;
  std::vector<const Dir*> bases() const override { return {&dir_}; }

 private:
  std::string path_;
  Dir dir_;
  std::optional<FileLock> lock_;
};

}  // namespace modelcache
