// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the parts of a clone are. Promise: every directory named here lies beneath the clone, is proved to
// belong to it by git's own back link, or was allowed by the user; nothing else was opened to find out.

#include "modelcache/store/lfs_clone.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

struct GitLocation {
  std::string root;                     // absolute, links resolved
  std::string git_dir;                  // HEAD and the index
  std::string common_dir;               // config, objects, refs, lfs
  std::optional<std::string> worktree;  // root, unless the clone is bare
  std::vector<std::string> alternates;  // further objects/ directories
};

class GitLocator {
 public:
  // Throws Error(not_found) for no clone, Error(refused) for a foreign-owned one and for what leads outside.
  GitLocator(const std::string& path, const LfsCloneOptions& options);

  const GitLocation& location() const noexcept { return location_; }
  // Throws Error(refused) naming `what` and --allow-outside unless `path` (absolute) is beneath the clone or
  // allowed. Returns it with links resolved; nothing when it does not exist.
  std::optional<std::string> require_inside(const std::string& path, std::string_view what) const;

 private:
  void find_git_dir();
  void find_git_file(const std::string& text);
  void find_common_dir();
  void find_alternates(const std::string& objects, int level);
  void check_config(const std::string& path, int level) const;
  void check_files(const std::string& git_dir) const;
  void check_objects(const std::string& objects) const;
  void check_owner(const std::string& path) const;
  void check_owner(const std::string& path, std::uint32_t owner) const;
  void allow(const std::string& path);
  bool is_allowed(const std::string& path) const;
  bool points_back(const std::string& git_dir) const;

  const LfsCloneOptions& options_;
  GitLocation location_;
  std::vector<std::string> allowed_;
};

}  // namespace modelcache
