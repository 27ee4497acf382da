// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/plain_dir_walk.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/store/local_bookkeeping.hpp"

#include <algorithm>
#include <string>
#include <string_view>
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

bool is_git(std::string_view component) {
  constexpr std::string_view git = ".git";
  return std::equal(component.begin(), component.end(), git.begin(), git.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

}  // namespace

std::vector<FoundFile> walk_files(const Dir& directory) {
  std::vector<FoundFile> files;
  std::vector<std::string> waiting{""};
  while (!waiting.empty()) {
    const std::string here = std::move(waiting.back());
    waiting.pop_back();
    const std::optional<Dir> dir = here.empty() ? std::optional(directory.duplicate())
                                                : or_nothing([&] { return directory.find_dir(here); });
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
  std::sort(files.begin(), files.end(),
            [](const FoundFile& a, const FoundFile& b) { return a.path < b.path; });
  return files;
}

bool is_reserved(const RelPath& path) {
  std::string_view rest = path;
  if (rest.starts_with(LocalBookkeeping::path) &&
      (rest.size() == LocalBookkeeping::path.size() || rest[LocalBookkeeping::path.size()] == '/'))
    return true;
  while (true) {
    const std::size_t slash = rest.find('/');
    if (is_git(rest.substr(0, slash))) return true;
    if (slash == std::string_view::npos) return false;
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace modelcache
