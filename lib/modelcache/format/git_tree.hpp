// SPDX-License-Identifier: Apache-2.0
#pragma once

// The id that git gives to a directory full of files. Promise: equal files give the id that `git write-tree`
// gives, in whatever order they come; what git cannot have in one tree is refused.

#include "modelcache/base/digest.hpp"
#include "modelcache/model/snapshot.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace modelcache {

std::string_view digits(FileMode mode);                         // "100644"
std::optional<FileMode> parse_git_mode(std::string_view text);  // nothing for another mode

struct GitTreeFile {
  RelPath path;
  FileMode mode = FileMode::regular;
  Digest oid;  // git_sha1 of the blob: of the pointer for a large file
};

// The root tree's git_sha1; of no files, that of the empty tree. Throws Error(refused) where a path comes
// twice or is both a file and a directory, Error(internal) where an oid is no git_sha1. Takes the time of one
// sort.
Digest git_tree_id(std::vector<GitTreeFile> files);
// The same, and calls `each` with every tree, as git stores it, and its id: those below before those above.
// One that is there twice comes twice.
using EachGitTree = std::function<void(const Digest& id, std::string_view object)>;
Digest git_tree_id(std::vector<GitTreeFile> files, const EachGitTree& each);

}  // namespace modelcache
