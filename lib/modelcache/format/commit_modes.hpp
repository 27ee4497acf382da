// SPDX-License-Identifier: Apache-2.0
#pragma once

// REPO/.modelcache/commits/<commit>.modes of a hub cache: the files of a commit whose mode git keeps and the
// cache cannot. Promise: what is read names safe paths, or nothing is read at all.
//
// One record a file, "<mode> <path>" and a NUL byte, sorted by path; mode is 100755 (executable) or 120000
// (link). Files with neither are not listed.

#include "modelcache/model/snapshot.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

inline constexpr std::size_t commit_modes_limit = std::size_t{64} << 20;  // bytes

using CommitModes = std::map<RelPath, FileMode>;

// Nothing when `text` is not of this form.
std::optional<CommitModes> parse_commit_modes(std::string_view text);
// Empty when all entries are regular files. Precondition: sorted, as in a Snapshot.
std::string write_commit_modes(const std::vector<Entry>& entries);

}  // namespace modelcache
