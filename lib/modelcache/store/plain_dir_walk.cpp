// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/plain_dir_walk.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/file_name.hpp"
#include "modelcache/store/local_bookkeeping.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace modelcache {

namespace {

bool is_left_out(std::string_view path) {
  return path == ".git" || path == LocalBookkeeping::path;
}

RelPath checked_path(const Dir& directory, const std::string& path) {
  auto checked = RelPath::parse(path);
  if (!checked)
    throw_error(Cause::refused, "take", directory.path_of(path), std::string(*RelPath::flaw(path)));
  return std::move(*checked);
}

void sort_by_path(std::vector<FoundFile>& files) {
  std::sort(files.begin(), files.end(),
            [](const FoundFile& a, const FoundFile& b) { return a.path < b.path; });
}

std::optional<Dir> open_if_there(const Dir& directory, std::string_view path) {
  if (path.empty()) return directory.duplicate();
  return or_nothing([&] { return directory.find_dir(path); });
}

// Names as they are listed: a file system that folds names opens a file by others too.
class ExactNames {
 public:
  explicit ExactNames(const Dir& directory) : directory_(directory) {}

  bool has(std::string_view parent, std::string_view name) {
    const auto [known, is_new] = names_.try_emplace(std::string(parent));
    const auto dir = is_new ? open_if_there(directory_, parent) : std::nullopt;
    if (dir) dir->for_each([&names = known->second](const Dir::Item& item) { names.emplace(item.name); });
    return known->second.contains(std::string(name));
  }

  bool has_directory(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    if (path.empty()) return true;
    if (slash == std::string_view::npos) return has("", path);
    return has_directory(path.substr(0, slash)) && has(path.substr(0, slash), path.substr(slash + 1));
  }

 private:
  const Dir& directory_;
  std::map<std::string, std::unordered_set<std::string>> names_;
};

}  // namespace

std::vector<FoundFile> walk_files(const Dir& directory) {
  std::vector<FoundFile> files;
  std::vector<std::string> waiting{""};
  while (!waiting.empty()) {
    const std::string here = std::move(waiting.back());
    waiting.pop_back();
    const auto dir = open_if_there(directory, here);
    if (!dir) continue;
    dir->for_each([&](const Dir::Item& item) {
      std::string path = here.empty() ? std::string(item.name) : here + "/" + std::string(item.name);
      if (is_left_out(path)) return;
      checked_path(directory, path);
      if (item.kind == FileKind::directory) return waiting.push_back(std::move(path));
      if (const auto status = dir->find_status(item.name))
        files.push_back({checked_path(directory, path), *status});
    });
  }
  sort_by_path(files);
  return files;
}

std::vector<FoundFile> find_files(const Dir& directory, const std::vector<RelPath>& paths) {
  std::map<std::string_view, std::vector<const RelPath*>> by_parent;
  for (const RelPath& path : paths) by_parent[path.parent()].push_back(&path);
  ExactNames names(directory);
  std::vector<FoundFile> files;
  for (const auto& [parent, wanted] : by_parent) {
    if (!names.has_directory(parent)) continue;
    const auto dir = open_if_there(directory, parent);
    for (const RelPath* path : wanted) {
      const auto status =
          dir && names.has(parent, path->name()) ? dir->find_status(path->name()) : std::nullopt;
      if (status) files.push_back({*path, *status});
    }
  }
  sort_by_path(files);
  return files;
}

const FoundFile* find_file(const std::vector<FoundFile>& found, const RelPath& path) {
  const auto at =
      std::lower_bound(found.begin(), found.end(), path,
                       [](const FoundFile& file, const RelPath& wanted) { return file.path < wanted; });
  return at != found.end() && at->path == path ? &*at : nullptr;
}

std::vector<FoundFile> require_shown(const Dir& directory, const std::vector<RelPath>& paths) {
  std::vector<FoundFile> found = find_files(directory, paths);
  for (const RelPath& path : paths)
    if (find_file(found, path) == nullptr)
      throw_error(Cause::refused, "write", directory.path_of(path),
                  "the file system shows it under another name: it takes capitals and small letters, or two "
                  "ways to write a letter, for the same");
  return found;
}

bool is_reserved(const RelPath& path) {
  const std::string_view text = path;
  const bool is_ours =
      text == LocalBookkeeping::path || text.starts_with(std::string(LocalBookkeeping::path) + "/");
  return is_ours || git_refuses(text);
}

}  // namespace modelcache
