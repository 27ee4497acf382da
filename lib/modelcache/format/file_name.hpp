// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names of files in a repo as the hub's clients and git judge them. Promise: pure.

#include <string_view>

namespace modelcache {

// huggingface_hub >= 2.4.0 downloads and looks up no such name: "..", absolute, drive and UNC forms.
bool client_refuses(std::string_view file);

// Whether git takes some part of this path for its own directory: ".git" in any case, and the names that NTFS
// and HFS+ take for it. git 2.39 checks out no such file.
bool git_refuses(std::string_view file);

}  // namespace modelcache
