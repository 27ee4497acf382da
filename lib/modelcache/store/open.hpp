// SPDX-License-Identifier: Apache-2.0
#pragma once

// From a Place to the store behind it. Promise: the one list of what can be read from and written to; a
// program that does not include this does not load the libraries of every layout.

#include "modelcache/format/lfs_rule.hpp"
#include "modelcache/store/clone_options.hpp"
#include "modelcache/store/hf_form.hpp"
#include "modelcache/store/locate.hpp"
#include "modelcache/store/store.hpp"
#include "modelcache/store/tree_options.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace modelcache {

struct SourceOptions {
  std::optional<RepoId> repo;  // where the layout does not say it, or says something else
  std::optional<RepoType> repo_type;
  std::vector<std::string> allowed_outside;
  bool allow_foreign_owner = false;
  bool is_freed = false;  // remove() will be called: then a stranger's cache or directory is refused
  std::optional<std::string> commit = {};    // of a directory: whose files they are
  std::optional<std::string> manifest = {};  // of a directory: path of a file that says what they should be
  LfsHabit habit = LfsHabit::hub;            // of a directory: which of its files are large
};
struct SinkOptions {
  bool allow_foreign_owner = false;
  HfForm hf_form = HfForm::automatic;
  bool writes_metadata = true;    // of a directory: what is noted beside the files
  bool writes_checksums = false;  // of a directory: SHA256SUMS
  CloneOptions clone = {};
  TreeOptions tree = {};  // of a cache of AI Studio or ModelScope; its layout is that of the place
};

// Each throws what the store itself throws.
std::unique_ptr<Source> open_source(const Place& place, const SourceOptions& options);
std::unique_ptr<Sink> open_sink(const Place& place, const SinkOptions& options);

// Names and versions of the libraries that reading needs, for --version.
std::vector<std::string> source_libraries();

}  // namespace modelcache
