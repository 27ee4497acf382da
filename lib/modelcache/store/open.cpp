// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/open.hpp"

#include "modelcache/base/dir.hpp"
#include "modelcache/store/clone_sink.hpp"
#include "modelcache/store/git_handles.hpp"
#include "modelcache/store/hf_sink.hpp"
#include "modelcache/store/hf_source.hpp"
#include "modelcache/store/lfs_clone.hpp"
#include "modelcache/store/plain_dir_sink.hpp"
#include "modelcache/store/plain_dir_source.hpp"
#include "modelcache/store/root_owner.hpp"
#include "modelcache/store/tree_sink.hpp"
#include "modelcache/store/tree_source.hpp"

namespace modelcache {

std::unique_ptr<Source> open_source(const Place& place, const SourceOptions& options) {
  if (place.layout == Layout::clone) {
    const auto foreign = options.allow_foreign_owner ? ForeignOwner::allowed : ForeignOwner::refused;
    return std::make_unique<LfsClone>(
        place.path, LfsCloneOptions{options.repo, options.repo_type, options.allowed_outside, foreign});
  }
  if (options.is_freed)
    require_own_root(Dir::open_root(absolute_path(place.path)),
                     options.allow_foreign_owner ? ForeignRoot::allowed : ForeignRoot::refused);
  if (place.layout == Layout::hf) return std::make_unique<HfSource>(place.path);
  if (place.layout == Layout::dir)
    return std::make_unique<PlainDirSource>(
        place.path,
        PlainDirOptions{options.repo, options.repo_type, options.commit, options.manifest, options.habit});
  return std::make_unique<TreeSource>(place.path, place.layout);
}

std::unique_ptr<Sink> open_sink(const Place& place, const SinkOptions& options) {
  const auto foreign = options.allow_foreign_owner ? ForeignRoot::allowed : ForeignRoot::refused;
  if (place.layout == Layout::hf) return std::make_unique<HfSink>(place.path, foreign, options.hf_form);
  if (place.layout == Layout::dir)
    return std::make_unique<PlainDirSink>(
        place.path,
        PlainDirSinkOptions{foreign, options.writes_metadata ? Metadata::written : Metadata::left_out,
                            options.writes_checksums ? Checksums::written : Checksums::none});
  if (place.layout == Layout::clone) return std::make_unique<CloneSink>(place.path, options.clone, foreign);
  TreeOptions tree = options.tree;
  tree.layout = place.layout;
  return std::make_unique<TreeSink>(place.path, tree, foreign);
}

std::vector<std::string> source_libraries() {
  return {git_library_version()};
}

}  // namespace modelcache
