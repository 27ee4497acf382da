// SPDX-License-Identifier: Apache-2.0
#pragma once

// One repo with the same files in every layout. Promise: the trees are made by git, or here byte by byte, and
// never by the code under test.

#include "modelcache/model/snapshot.hpp"

#include "support/clone_builder.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace modelcache::test {

struct SampleFile {
  std::string path;
  std::string bytes;
  bool is_large = false;  // kept by git-lfs
  bool is_executable = false;
  std::string oid;  // in the git tree

  std::string etag() const;  // the blob's name in a hub cache
};

// What CloneLab's main holds.
class Sample {
 public:
  Sample();

  const CloneLab& lab() const noexcept { return lab_; }
  const RepoId& repo() const noexcept { return repo_; }
  const std::string& commit() const noexcept { return commit_; }
  const std::vector<SampleFile>& files() const noexcept { return files_; }
  const SampleFile& file(std::string_view path) const;
  // What a source that knows everything reads, without refs and findings.
  Snapshot snapshot() const;
  // What git keeps of the commit.
  std::string commit_object() const;

  enum class Form {
    links,          // as clients write it, with a listing
    plain_files,    // no links, blobs/ is empty; with a listing
    shared_store,   // large contents are in the marked store; with a listing
    without_trees,  // links, no listing
  };
  // Makes the hub cache <lab>/<name> with main, the ref "refs/pr/9" at the same commit, a second repo
  // dataset/org/other, and what clients leave besides; returns its path.
  std::string make_cache(Form form, std::string_view name) const;

  enum class Notes {
    ours,       // as cache2dir leaves them
    of_client,  // as snapshot_download(local_dir=...) does
  };
  // Makes the directory <lab>/<name> with the files of main and what is noted beside them; returns its path.
  std::string make_directory(Notes notes, std::string_view name) const;

 private:
  void add_file(const std::string& repo, const SampleFile& file, Form form) const;
  void add_blob(const std::string& repo, const SampleFile& file, Form form) const;
  std::string listing() const;
  std::string record() const;

  CloneLab lab_;
  RepoId repo_;
  std::string commit_;
  std::vector<SampleFile> files_;
};

}  // namespace modelcache::test
