// SPDX-License-Identifier: Apache-2.0
#pragma once

// libgit2's objects as owners. Promise: each is freed exactly once, and libgit2 is set up before the first
// and shut down after the last GitLibrary.

#include "modelcache/base/error.hpp"

#include <memory>
#include <string>
#include <string_view>

struct git_commit;
struct git_config;
struct git_config_iterator;
struct git_diff;
struct git_odb;
struct git_object;
struct git_odb_object;
struct git_oid;
struct git_reference;
struct git_reference_iterator;
struct git_repository;
struct git_revwalk;
struct git_tree;

namespace modelcache {

struct GitFree {
  void operator()(git_commit* commit) const noexcept;
  void operator()(git_config* config) const noexcept;
  void operator()(git_config_iterator* iterator) const noexcept;
  void operator()(git_diff* diff) const noexcept;
  void operator()(git_odb* odb) const noexcept;
  void operator()(git_object* object) const noexcept;
  void operator()(git_odb_object* object) const noexcept;
  void operator()(git_reference* reference) const noexcept;
  void operator()(git_reference_iterator* iterator) const noexcept;
  void operator()(git_repository* repository) const noexcept;
  void operator()(git_revwalk* walk) const noexcept;
  void operator()(git_tree* tree) const noexcept;
};
template <typename T>
using GitOwner = std::unique_ptr<T, GitFree>;

// Sets libgit2 up for clones that nobody vouches for: no configuration of the user or the system, no owner
// check of its own (ours is stricter). What is read is hashed: a commit's id is the proof of its whole tree.
class GitLibrary {
 public:
  GitLibrary();
  ~GitLibrary();
  GitLibrary(const GitLibrary&) = delete;
  GitLibrary& operator=(const GitLibrary&) = delete;
};

// "libgit2 1.5.1"
std::string git_library_version();

// Why libgit2's last call failed: io when the system would not do it, else refused.
Cause git_cause();
// Throws Error with that cause and libgit2's reason when `result` is an error.
void require_git(int result, std::string_view verb, std::string_view path);
// The same for a call that may answer "not found": then false.
bool found_git(int result, std::string_view verb, std::string_view path);

}  // namespace modelcache
