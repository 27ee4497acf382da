// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/repo_option.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"

namespace modelcache::cli {

OptionSpec repo_type_option(const char* help) {
  return {"repo-type", 0, "model|dataset|space|kernel", help};
}

std::optional<RepoType> repo_type(const Arguments& arguments) {
  const auto word = arguments.text("repo-type");
  if (!word) return {};
  // Plural forms too, as in REPO.
  const auto type = parse_repo_type(*word);
  if (!type)
    throw Error(Cause::usage,
                "--repo-type takes model, dataset, space or kernel, not '" + terminal_safe(*word) + "'");
  return type;
}

}  // namespace modelcache::cli
