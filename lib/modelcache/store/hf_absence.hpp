// SPDX-License-Identifier: Apache-2.0
#pragma once

// REPO/.no_exist/<commit>/<path>: empty files, each of which says that the server said that the commit has no
// such file. Promise: what names an existing file is never left, since clients believe the marker more.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/store.hpp"

#include <string>
#include <vector>

namespace modelcache {

// The markers of a commit, sorted; what cannot be read or is deeper than any path of a repo is left out.
std::vector<RelPath> read_absence_markers(const Dir& repo, const std::string& commit);

// Whether the markers are as the publication asks: none for a file that is there, one for each file that its
// snapshot knows to be absent.
bool has_absence_markers(const Dir& repo, const Publication& publication);
// Makes that so. `staging` is below `repo`. Durable on return.
void write_absence_markers(const Dir& repo, const Dir& staging, const Publication& publication);

}  // namespace modelcache
