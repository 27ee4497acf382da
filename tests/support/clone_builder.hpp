// SPDX-License-Identifier: Apache-2.0
#pragma once

// Clones for tests, made by git and git-lfs. Promise: nothing of the user's configuration takes part, nothing
// outside the lab's own directory is written, and all of it is gone with the lab.

#include "support/temp_dir.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace modelcache::test {

class CloneLab {
 public:
  // With <root>/origin.git and <root>/clone, a clone of it with everything in it; copied from a first one
  // that is made once per program. main holds:
  //   .gitattributes README.md config.json empty.txt run.sh (executable) "dir/a file.txt" "dir/ünï.txt"
  //   model.bin dir/same.bin (one large content) dir/other.bin (another)
  // Further: the branch dev (adds extra.bin), the annotated tag v1 at main, refs/pr/1, branch main of origin.
  CloneLab();

  const std::string& root() const noexcept { return root_; }
  std::string path(std::string_view name) const { return root_ + "/" + std::string(name); }

  // Runs a bash script (-euo pipefail) in the lab's root with a private HOME; returns what it printed,
  // without the last newline. Throws std::runtime_error with its messages when it fails.
  std::string sh(const std::string& script) const;

  struct RawEntry {
    std::string mode;  // "100644"
    std::string name;  // any bytes but NUL
    std::string id;    // 40 hex
  };
  // Writes a tree object as it is given, however bad; returns its id.
  std::string write_tree(const std::string& clone, const std::vector<RawEntry>& entries) const;
  // Writes a file as a git object; returns its id.
  std::string write_blob(const std::string& clone, const std::string& content) const;
  // Makes a commit of this tree the tip of main; returns the commit.
  std::string commit_tree(const std::string& clone, const std::string& tree) const;

  const TempDir& dir() const noexcept { return dir_; }

 private:
  enum class Content { base, none };
  explicit CloneLab(Content content);
  static const CloneLab& base();
  void make_base() const;

  TempDir dir_;
  std::string root_;  // links resolved
};

}  // namespace modelcache::test
