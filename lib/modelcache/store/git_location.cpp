// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/git_location.hpp"

#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>

#include <unistd.h>

#include <algorithm>
#include <sstream>

namespace modelcache {

namespace fs = boost::filesystem;

namespace {

constexpr std::size_t small_file_limit = 8192;
constexpr std::size_t config_limit = std::size_t{1} << 20;
constexpr int alternate_levels = 5;  // as git

std::optional<std::string> resolved(const fs::path& path) {
  boost::system::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) return {};
  return real.string();
}

bool is_beneath(const std::string& path, const std::string& base) {
  return path == base || base == "/" || path.starts_with(base + "/");
}

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// The value behind `key` in one of git's one-line files ("gitdir: <path>", or the path alone for an empty
// key).
std::optional<std::string> one_line(const Dir& dir, std::string_view name, std::string_view key) {
  const auto content = dir.find_content(name, small_file_limit);
  if (!content || !content->starts_with(key)) return {};
  return std::string(trim(std::string_view(*content).substr(key.size())));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return out;
}

// Paths that sections [include] and [includeIf] of a git config name. Rather one too many than one too few.
std::vector<std::string> included_paths(const std::string& config) {
  std::vector<std::string> paths;
  std::istringstream lines(config);
  bool in_include = false;
  for (std::string line; std::getline(lines, line);) {
    std::string_view text = trim(line);
    if (text.starts_with("[")) {
      const std::string section = lower(trim(text.substr(1)));
      in_include = section.starts_with("include");
      const std::size_t end = text.rfind(']');
      text = end == std::string_view::npos ? std::string_view() : trim(text.substr(end + 1));
    }
    if (!in_include || !lower(text).starts_with("path")) continue;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    std::string value(trim(text.substr(equals + 1)));
    std::erase(value, '"');
    paths.push_back(value);
  }
  return paths;
}

}  // namespace

GitLocator::GitLocator(const std::string& path, const LfsCloneOptions& options) : options_(options) {
  const auto root = resolved(path);
  if (!root) throw_error(Cause::not_found, "open the clone", path, "there is nothing of this name");
  location_.root = *root;
  allowed_.push_back(*root);
  for (const std::string& outside : options.allowed_outside)
    if (const auto real = resolved(outside)) allowed_.push_back(*real);
  check_owner(location_.root);
  find_git_dir();
  check_owner(location_.git_dir);
  find_common_dir();
  check_owner(location_.common_dir);
  check_config();
  check_links();
  find_alternates(location_.common_dir + "/objects", 0);
}

void GitLocator::check_owner(const std::string& path) const {
  const std::uint32_t owner = Dir::open_root(path).own_status().owner;
  if (owner == 0 || owner == ::geteuid() || options_.foreign_owner == ForeignOwner::allowed) return;
  throw_error(Cause::refused, "read the clone", path,
              "it belongs to another user (uid " + std::to_string(owner) +
                  "), who could make it lead anywhere; --allow-foreign-owner reads it all the same");
}

bool GitLocator::is_allowed(const std::string& path) const {
  return std::any_of(allowed_.begin(), allowed_.end(),
                     [&](const std::string& base) { return is_beneath(path, base); });
}

std::optional<std::string> GitLocator::require_inside(const std::string& path, std::string_view what) const {
  // Judged by its text first, so that nothing outside is even looked at without consent.
  const std::string plain = fs::path(path).lexically_normal().string();
  const auto refuse = [&] {
    throw_error(Cause::refused, "read the clone", location_.root,
                std::string(what) + " leads to " + plain + ", outside of it; --allow-outside " + plain +
                    " allows that");
  };
  if (!is_allowed(plain)) refuse();
  auto real = resolved(plain);
  if (real && !is_allowed(*real)) refuse();
  return real;
}

// The proof that git itself asks for: a linked worktree's directory names our .git file, a submodule's
// configuration names our worktree.
bool GitLocator::points_back(const std::string& git_dir) const {
  const Dir dir = Dir::open_root(git_dir);
  if (const auto back = one_line(dir, "gitdir", "")) {
    const auto real = resolved(fs::path(*back).is_absolute() ? fs::path(*back) : fs::path(git_dir) / *back);
    return real && *real == location_.root + "/.git";
  }
  const auto config = dir.find_content("config", config_limit);
  if (!config) return false;
  std::istringstream lines(*config);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view text = trim(line);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || lower(trim(text.substr(0, equals))) != "worktree") continue;
    const std::string value(trim(text.substr(equals + 1)));
    const auto real = resolved(fs::path(value).is_absolute() ? fs::path(value) : fs::path(git_dir) / value);
    return real && *real == location_.root;
  }
  return false;
}

void GitLocator::find_git_file(const std::string& text) {
  const std::string plain = (fs::path(text).is_absolute() ? fs::path(text) : fs::path(location_.root) / text)
                                .lexically_normal()
                                .string();
  boost::system::error_code error;
  if (!is_allowed(plain) && fs::is_directory(plain, error) && points_back(plain)) allowed_.push_back(plain);
  const auto real = require_inside(plain, "its .git file");
  if (!real)
    throw_error(Cause::not_found, "open the clone", location_.root, "its .git file leads to " + plain);
  location_.git_dir = *real;
  allowed_.push_back(*real);
}

void GitLocator::find_git_dir() {
  const Dir root = Dir::open_root(location_.root);
  const auto status = root.find_status(".git");
  if (!status) {
    const auto head = root.find_status("HEAD");
    const auto objects = root.find_status("objects");
    const bool is_bare = head && objects && objects->kind == FileKind::directory;
    if (!is_bare) throw_error(Cause::not_found, "open the clone", location_.root, "it is not a git clone");
    location_.git_dir = location_.root;
    return;
  }
  location_.worktree = location_.root;
  if (status->kind == FileKind::directory) {
    location_.git_dir = location_.root + "/.git";
    return;
  }
  if (status->kind == FileKind::link) return find_git_file(root.read_link(".git"));
  const auto text = one_line(root, ".git", "gitdir:");
  if (!text || text->empty())
    throw_error(Cause::refused, "open the clone", location_.root, "its .git file is malformed");
  find_git_file(*text);
}

void GitLocator::find_common_dir() {
  location_.common_dir = location_.git_dir;
  const auto text = one_line(Dir::open_root(location_.git_dir), "commondir", "");
  if (!text) return;
  const std::string plain =
      (fs::path(*text).is_absolute() ? fs::path(*text) : fs::path(location_.git_dir) / *text)
          .lexically_normal()
          .string();
  // The directory that holds worktrees/<id> vouches for it by its place.
  if (is_beneath(location_.git_dir, plain + "/worktrees")) allowed_.push_back(plain);
  const auto real = require_inside(plain, "its commondir file");
  if (!real)
    throw_error(Cause::not_found, "open the clone", location_.root, "its commondir file leads to " + plain);
  location_.common_dir = *real;
}

void GitLocator::check_config() const {
  const Dir common = Dir::open_root(location_.common_dir);
  const auto config = common.find_content("config", config_limit);
  if (!config) return;
  for (const std::string& path : included_paths(*config)) {
    const bool is_absolute = path.starts_with("/") || path.starts_with("~");
    require_inside(is_absolute ? path : location_.common_dir + "/" + path, "an include in its config");
  }
}

// libgit2 opens these by path, so none of them may be a link.
void GitLocator::check_links() const {
  const Dir common = Dir::open_root(location_.common_dir);
  const auto refuse = [&](std::string_view name) {
    throw_error(Cause::refused, "read the clone", common.path_of(name), "a symbolic link is in the way");
  };
  for (const std::string_view name : {"HEAD", "config", "packed-refs", "objects", "refs"}) {
    const auto status = common.find_status(name);
    if (status && status->kind == FileKind::link) refuse(name);
  }
  for (const std::string_view name :
       {"objects", "objects/pack", "objects/info", "refs", "refs/heads", "refs/tags", "refs/remotes"}) {
    const auto dir = common.find_dir(name);
    if (!dir) continue;
    dir->for_each([&](const Dir::Item& item) {
      if (item.kind == FileKind::link) refuse(std::string(name) + "/" + std::string(item.name));
    });
  }
}

void GitLocator::find_alternates(const std::string& objects, int level) {
  if (level >= alternate_levels) return;
  const auto text = Dir::open_root(objects).find_content("info/alternates", config_limit);
  if (!text) return;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view path = trim(line);
    if (path.empty() || path.starts_with("#")) continue;
    const auto real =
        require_inside(path.starts_with("/") ? std::string(path) : objects + "/" + std::string(path),
                       "objects/info/alternates");
    if (!real || std::find(location_.alternates.begin(), location_.alternates.end(), *real) !=
                     location_.alternates.end())
      continue;
    location_.alternates.push_back(*real);
    find_alternates(*real, level + 1);
  }
}

}  // namespace modelcache
