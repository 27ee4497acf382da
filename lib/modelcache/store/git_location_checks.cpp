// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/store/git_config_text.hpp"
#include "modelcache/store/git_location.hpp"

#include <boost/filesystem/path.hpp>

#include <array>

namespace modelcache {

namespace fs = boost::filesystem;

namespace {

constexpr std::size_t config_limit = std::size_t{1} << 20;
constexpr int include_levels = 10;     // as git
constexpr int directory_levels = 128;  // below refs/, as many as a name of 4096 bytes is likely to have

// Directories and regular files only. libgit2 opens by path, so a link would lead it anywhere, and a FIFO
// would hold it for ever.
void require_plain(const Dir& dir, int level) {
  if (level > directory_levels)
    throw_error(Cause::refused, "read the clone", dir.path(), "it has too many levels of directories");
  std::vector<std::string> directories;
  dir.for_each([&](const Dir::Item& item) {
    if (item.kind == FileKind::directory)
      directories.emplace_back(item.name);
    else if (item.kind != FileKind::file)
      throw_error(Cause::refused, "read the clone", dir.path_of(item.name),
                  item.kind == FileKind::link ? "a symbolic link is in the way" : "it is not a regular file");
  });
  for (const std::string& name : directories)
    if (const auto below = dir.find_dir(name)) require_plain(*below, level + 1);
}

}  // namespace

void GitLocator::check_files(const std::string& git_dir) const {
  const Dir dir = Dir::open_root(git_dir);
  constexpr std::array<std::string_view, 9> files = {"HEAD",        "config",      "config.worktree",
                                                     "packed-refs", "info/grafts", "shallow",
                                                     "commondir",   "gitdir",      "index"};
  for (const std::string_view name : files) {
    const auto status = dir.find_status(name);
    if (!status) continue;
    if (status->kind != FileKind::file)
      throw_error(Cause::refused, "read the clone", dir.path_of(name), "it is not a regular file");
    check_owner(dir.path_of(name), status->owner);
  }
  for (const std::string_view name : {"objects", "refs"}) {
    const auto below = dir.find_dir(name);
    if (!below) continue;
    check_owner(below->path(), below->own_status().owner);
    require_plain(*below, 0);
  }
}

void GitLocator::check_objects(const std::string& objects) const {
  require_plain(Dir::open_root(objects), 0);
}

// libgit2 follows includes while it opens, so they are judged before, those in included files likewise.
void GitLocator::check_config(const std::string& path, int level) const {
  const auto refuse = [&](std::string_view reason) {
    throw_error(Cause::refused, "read the clone", path, reason);
  };
  if (level > include_levels) refuse("its includes are nested too deeply");
  const fs::path file(path);
  const auto config =
      Dir::open_root(file.parent_path().string()).find_content(file.filename().string(), config_limit);
  if (!config) return;
  if (config->find('\0') != std::string::npos) refuse("it holds a NUL byte");
  if (!may_have_section(*config, "include")) return;
  const ConfigValues paths = values_of(*config, "path");
  if (!paths.certain) refuse("it includes another file by a path with a backslash");
  for (const std::string& text : paths.values) {
    if (text.empty()) continue;
    const bool is_absolute = text.front() == '/' || text.front() == '~';
    const auto real = require_inside(is_absolute ? text : file.parent_path().string() + "/" + text,
                                     "an include in its config");
    if (real && *real != path) check_config(*real, level + 1);
  }
}

}  // namespace modelcache
