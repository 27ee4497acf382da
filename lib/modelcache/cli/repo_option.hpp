// SPDX-License-Identifier: Apache-2.0
#pragma once

// --repo-type, the same in every program that takes a REPO. Promise: a word that is no type is a usage error.

#include "modelcache/cli/program.hpp"
#include "modelcache/model/repo_id.hpp"

#include <optional>

namespace modelcache::cli {

OptionSpec repo_type_option(const char* help);
// Nothing when it was not given. Throws Error(usage).
std::optional<RepoType> repo_type(const Arguments& arguments);

}  // namespace modelcache::cli
