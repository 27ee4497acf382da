// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names of files in a repo as the hub's clients judge them. Promise: pure.

#include <string_view>

namespace modelcache {

// huggingface_hub >= 2.4.0 downloads and looks up no such name: "..", absolute, drive and UNC forms.
bool client_refuses(std::string_view file);

}  // namespace modelcache
