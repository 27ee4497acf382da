// SPDX-License-Identifier: Apache-2.0
#pragma once

// Hub caches for tests, made from values. Promise: nothing but TempDir and the text of names takes part, so
// what the library writes or believes is never what it is compared with.

#include "modelcache/base/digest.hpp"

#include "support/temp_dir.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace modelcache::test {

// Commits that are easy to tell apart.
inline const std::string commit_1(40, '1');
inline const std::string commit_2(40, '2');
inline const std::string commit_3(40, '3');

class CacheBuilder;

// One folder of a cache. Names that a function returns are those of blobs.
class RepoBuilder {
 public:
  // `name` below the folder, relative to the cache.
  std::string path(std::string_view name) const { return folder_ + "/" + std::string(name); }
  const std::string& folder() const noexcept { return folder_; }

  std::string blob(std::string_view content, HashKind kind = HashKind::git_sha1) const;
  // A blob named by sha256 that is a link to a payload of the shared store, with its line in the manifest.
  std::string shared_blob(std::string_view content) const;
  // snapshots/<commit>/<file> as the client links it.
  void link(std::string_view commit, std::string_view file, std::string_view blob_name) const;
  // The same with the blob that it leads to.
  std::string linked(std::string_view commit, std::string_view file, std::string_view content,
                     HashKind kind = HashKind::git_sha1) const;
  // snapshots/<commit>/<file> as a plain file.
  void plain(std::string_view commit, std::string_view file, std::string_view content) const;
  void ref(std::string_view name, std::string_view commit) const;
  void no_exist(std::string_view commit, std::string_view file) const;

  struct Listed {
    std::string path;
    std::size_t size = 0;
    std::string blob_id = std::string(40, 'a');
    std::string lfs_sha256 = {};
  };
  void listing(std::string_view commit, const std::vector<Listed>& files) const;

 private:
  friend class CacheBuilder;
  RepoBuilder(const CacheBuilder& cache, std::string folder) : cache_(cache), folder_(std::move(folder)) {}

  const CacheBuilder& cache_;
  std::string folder_;
};

class CacheBuilder {
 public:
  const TempDir& dir() const noexcept { return dir_; }
  const std::string& root() const noexcept { return dir_.path(); }

  RepoBuilder repo(std::string_view folder = "models--org--demo") const;
  // A repo with one commit, "main": config.json, a large model.bin and the nested "sub/dir/a file.txt".
  RepoBuilder demo(std::string_view folder = "models--org--demo") const;

  void mark_shared_store() const;
  // Puts a payload into the marked shared store; returns its 64 digits, which are no sha256 of the content.
  std::string payload(std::string_view content) const;
  static std::string payload_path(std::string_view hash);
  void add_manifest_line(std::string_view hash, std::string_view line) const;

  // A second name for the same file, both relative to the cache.
  void hard_link(std::string_view from, std::string_view to) const;
  std::uint64_t allocated(std::string_view name) const;

  // All that is there, a sorted line for each: its kind, name, content or text. Two equal lists: nothing was
  // written.
  std::vector<std::string> contents() const;

 private:
  TempDir dir_;
};

}  // namespace modelcache::test
