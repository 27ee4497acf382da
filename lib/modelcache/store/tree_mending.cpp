// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_mending.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/msc_names.hpp"
#include "modelcache/store/stock_taking.hpp"
#include "modelcache/store/tree_locks.hpp"
#include "modelcache/store/tree_repos.hpp"

#include <utility>

namespace modelcache {

namespace {

constexpr std::string_view snapshots_part = "/snapshots/";

bool is_revision(const std::string& directory) {
  return directory.find(snapshots_part) != std::string::npos;
}

// What stands before "models/" of an indexed directory: the client's cache directory in the root.
std::string base_of(const std::string& directory, RepoType type) {
  const std::string types = std::string(plural(type)) + "/";
  if (directory.starts_with(types)) return {};
  const std::size_t at = directory.find("/" + types);
  return at == std::string::npos ? std::string() : directory.substr(0, at);
}

}  // namespace

TreeMending::TreeMending(const Place& place, ForeignRoot foreign_root)
    : layout_(place.layout), root_(Dir::open_root(absolute_path(place.path))) {
  require_own_root(root_, foreign_root);
}

FileMending::Location TreeMending::locate_file(const SpoiledFile& file) const {
  const auto path = RelPath::parse(file.path);
  if (!path || is_client_file(*path))
    throw_error(Cause::refused, "mend", root_.path_of(file.directory),
                "the clients keep files of their own under this name");
  std::string place = join_path(file.directory, path->bytes());
  const std::size_t at = file.directory.find(snapshots_part);
  const std::string blobs = at == std::string::npos ? std::string() : file.directory.substr(0, at) + "/blobs";
  // There the names are absolute links to contents, which the client makes anew on every call.
  if (!blobs.empty() && or_nothing([&] { return root_.find_status(blobs); }))
    throw_error(Cause::refused, "mend", root_.path_of(place),
                "trees of aistudio-sdk 0.1 and 0.2 are not mended; cache2cache makes one of 0.3 of them");
  return {&root_, std::move(place)};
}

std::string TreeMending::staging_of(const Dir&, const std::string& directory) const {
  if (const std::size_t at = directory.find(snapshots_part); at != std::string::npos)
    return directory.substr(0, at) + "/.modelcache";
  const std::size_t slash = directory.rfind('/');
  const std::string above = slash == std::string::npos ? std::string() : directory.substr(0, slash + 1);
  return above + "." + directory.substr(slash + 1) + ".modelcache";
}

std::vector<FileLock> TreeMending::lock(const SpoiledFile& file, std::chrono::milliseconds wait) {
  const RepoType type = file.type.value_or(RepoType::model);
  if (RepoId::flaw(file.repo))
    throw_error(Cause::refused, "mend", root_.path_of(file.directory), "its name is none of a repo");
  const RepoId repo = RepoId::parse(type, file.repo);
  std::vector<FileLock> locks;
  const std::string base = base_of(file.directory, type);
  if (layout_ == Layout::aistudio)
    await_process_locks(root_, join_path(join_path(base, plural(type)), partials_folder(layout_, repo)),
                        wait);
  else if (is_revision(file.directory))
    locks.push_back(lock_modelscope_file(root_, repo, file.path, wait));
  else
    locks.push_back(lock_modelscope_repo(root_, base, repo, wait));
  return locks;
}

}  // namespace modelcache
