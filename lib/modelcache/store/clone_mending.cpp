// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/clone_mending.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/store/plain_dir_walk.hpp"

namespace modelcache {

namespace {

constexpr std::string_view objects_prefix = ".git/lfs/objects/";

LfsCloneOptions clone_options(ForeignRoot foreign_root) {
  LfsCloneOptions options;
  if (foreign_root == ForeignRoot::allowed) options.foreign_owner = ForeignOwner::allowed;
  return options;
}

}  // namespace

CloneMending::CloneMending(const std::string& path, ForeignRoot foreign_root)
    : clone_(path, clone_options(foreign_root)) {}

FileMending::Location CloneMending::locate_file(const SpoiledFile& file) const {
  const auto stores = clone_.object_stores();
  if (!file.is_in_store) {
    const auto path = RelPath::parse(file.path);
    const Dir* worktree = clone_.worktree();
    if (worktree == nullptr || !path || is_reserved(*path))
      throw_error(Cause::refused, "mend", file.path, "git keeps files of its own under this name");
    return {worktree, path->bytes()};
  }
  std::string path = file.path.substr(objects_prefix.size());
  for (const Dir* store : stores)
    if (or_nothing([&] { return store->find_status(path); })) return {store, std::move(path)};
  if (stores.empty())
    throw_error(Cause::refused, "mend", file.path, "the clone has no LFS store; git lfs fetch makes one");
  return {stores.front(), std::move(path)};
}

std::string CloneMending::staging_of(const Dir& base, const std::string&) const {
  if (&base != clone_.worktree()) return ".objects.modelcache";
  const auto git = or_nothing([&] { return base.find_status(".git"); });
  const bool has_git = git && git->kind == FileKind::directory;
  return has_git ? ".git/.work.modelcache" : ".work.modelcache";
}

MendedFile CloneMending::form_of(const SpoiledFile& file) const {
  return {file.mode == FileMode::executable ? 0777U : 0666U};
}

std::vector<const Dir*> CloneMending::bases() const {
  std::vector<const Dir*> all = clone_.object_stores();
  if (clone_.worktree() != nullptr) all.push_back(clone_.worktree());
  return all;
}

}  // namespace modelcache
