// SPDX-License-Identifier: Apache-2.0
#pragma once

// What makes a directory with objects a repository: config, refs, and what git notes beside them. Promise:
// nothing of it runs a program: no hooks, no filters, no includes; no credentials.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/clone_objects.hpp"
#include "modelcache/store/clone_options.hpp"
#include "modelcache/store/clone_tree.hpp"

#include <string>

namespace modelcache {

// The branch that is checked out; empty: none, HEAD is the commit itself.
std::string clone_branch(const Snapshot& snapshot, const CloneOptions& options);
// The url of origin.
std::string clone_remote(const Snapshot& snapshot, const CloneOptions& options);
// Lines of .git/info/attributes for large files that no .gitattributes of the tree gives to git-lfs.
std::string missing_attributes(const CloneTree& tree, const CloneObjects& objects);

struct FileSystemTraits {
  bool has_modes = true;  // keeps the executable bit
  bool has_links = true;
};
// Whether files that were made in `git` keep their modes.
bool keeps_modes(const Dir& git);

void write_repository(const Dir& git, const Snapshot& snapshot, const CloneCommit& commit,
                      const CloneOptions& options, const FileSystemTraits& traits);

// A small file of .git, which is not there yet; directories on the way are made.
void write_git_file(const Dir& git, std::string_view path, std::string_view text);

}  // namespace modelcache
