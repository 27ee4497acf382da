// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the places have in common whose files are files: each is replaced by its own name. Promise: as
// Mending.

#include "modelcache/store/mending.hpp"
#include "modelcache/store/tree_staging.hpp"

#include <memory>
#include <string>
#include <vector>

namespace modelcache {

class FileMending : public Mending {
 public:
  SpoiledName find(const SpoiledFile& file) const final;
  std::optional<Status> status(const SpoiledFile& file) const final;
  PutResult restore(const SpoiledFile& file, const SpoiledName& name, const Entry& entry,
                    const Content& content, const PutOptions& options) final;
  std::vector<FileLock> hold(const SpoiledFile& file, const SpoiledName& name,
                             std::chrono::milliseconds wait) final;
  void tidy(const std::string& directory) final;
  void finish() override { staging_.reset(); }

 protected:
  struct Location {
    const Dir* base;
    std::string path;
  };
  // Throws Error(refused) for a name that git or the clients would take for their own.
  virtual Location locate_file(const SpoiledFile& file) const = 0;
  // Where contents of this base come together; relative to it.
  virtual std::string staging_of(const Dir& base, const std::string& directory) const = 0;
  // What keeps clients away from the file.
  virtual std::vector<FileLock> lock(const SpoiledFile& file, std::chrono::milliseconds wait) = 0;
  virtual MendedFile form_of(const SpoiledFile& file) const = 0;
  // Those for which tidy() looks.
  virtual std::vector<const Dir*> bases() const = 0;

  bool has_staging() const noexcept { return staging_ != nullptr; }

 private:
  TreeStaging& staging(const Dir& base, const std::string& directory, std::chrono::milliseconds wait);

  const Dir* staged_base_ = nullptr;
  std::string staged_path_;
  std::unique_ptr<TreeStaging> staging_;
};

}  // namespace modelcache
