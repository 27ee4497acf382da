// SPDX-License-Identifier: Apache-2.0
#pragma once

// A commit as git stores it. Promise: what is read is the head of a commit that git reads the same way, or
// nothing; what is written is the same for equal arguments, on every machine and at every time.

#include "modelcache/base/digest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

struct GitCommit {
  Digest tree;
  bool has_parents = false;

  friend bool operator==(const GitCommit&, const GitCommit&) = default;
};

// `object` is the whole object, without the header that git hashes with it.
std::optional<GitCommit> parse_git_commit(std::string_view object);

// When it was committed, Unix seconds; nothing when `object` is no commit that tells it.
std::optional<std::int64_t> commit_time(std::string_view object);

// A commit without parents, by nobody and at the epoch. `message` is one or more lines; it ends in a newline
// in the object whether it does here or not.
std::string write_root_commit(const Digest& tree, std::string_view message);

// Who writes a commit or a reflog here: "name <address>".
inline constexpr std::string_view git_identity = "modelcache <modelcache@localhost>";

}  // namespace modelcache
