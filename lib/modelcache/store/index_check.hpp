// SPDX-License-Identifier: Apache-2.0
#pragma once

// Compares an index with the files that are there. Promise: what an index says is looked up among names that
// were seen, never opened.

#include "modelcache/store/repo_index.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

class IndexCheck {
 public:
  // Without entries nothing is compared. Notes what is wrong with the entries themselves.
  IndexCheck(RepoStock& stock, std::optional<std::vector<MscEntry>> entries);

  // Whether some entry of a usable path names this file.
  bool names(std::string_view path) const { return paths_.find(path) != paths_.end(); }
  // Whether a file of this name is no surprise: it is named, or needs no entry.
  bool may_hold(std::string_view path) const { return !has_index_ || names(path) || may_lack_entry(path); }
  // The id in git that AI Studio's index has for a file, or its beginning; empty when it has none.
  std::string git_id(std::string_view path) const;
  // `files` are those of the repo, sorted by path. Notes and counts as lacking what is not there, and notes
  // what no entry names. Of what is one of the `unreadable` names, or below one, nothing is said.
  void run(const std::vector<WalkedFile>& files, const std::vector<std::string>& unreadable);

 private:
  void check_entry(const MscEntry& entry);
  void check_revision(const MscEntry& entry);
  void note_missing(const std::string& path);
  void note_stray(const std::string& path);
  bool is_directory_at(const std::string& path) const;  // relative to the root
  bool may_lack_entry(std::string_view path) const;

  RepoStock& stock_;
  bool has_index_;
  std::map<std::string, std::string, std::less<>> paths_;  // to the first revision
  // By the composed form of their names, files that no entry names.
  std::map<std::string, std::string> unnamed_;
};

}  // namespace modelcache
