// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/git_location.hpp"

#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/store/git_config_text.hpp"
#include "modelcache/store/root_owner.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>

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
  // Boost asks for the working directory also where it has no say, and that may be gone.
  const fs::path real = path.is_absolute() ? fs::canonical(path, "/", error) : fs::canonical(path, error);
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

// Without ".", ".." and a slash at the end.
std::string joined(const std::string& base, const std::string& text) {
  std::string plain = fs::absolute(text, base).lexically_normal().string();
  while (plain.ends_with("/.")) plain.resize(plain.size() - 2);
  return plain.empty() ? "/" : plain;
}

// The value behind `key` in one of git's one-line files ("gitdir: <path>", or the path alone for an empty
// key).
std::optional<std::string> one_line(const Dir& dir, std::string_view name, std::string_view key) {
  const auto content = dir.find_content(name, small_file_limit);
  if (!content || !content->starts_with(key)) return {};
  return std::string(trim(std::string_view(*content).substr(key.size())));
}

// Where git itself keeps the directory of a linked worktree or a submodule. Only such a place is looked at to
// see whether it points back.
bool may_point_back(const fs::path& git_dir) {
  const std::string parent = git_dir.parent_path().filename().string();
  return parent == "worktrees" || git_dir.string().find("/modules/") != std::string::npos;
}

}  // namespace

GitLocator::GitLocator(const std::string& path, const LfsCloneOptions& options) : options_(options) {
  const auto root = resolved(path);
  if (!root) throw_error(Cause::not_found, "open the clone", path, "there is nothing of this name");
  location_.root = *root;
  allow(path);
  for (const std::string& outside : options.allowed_outside) allow(outside);
  check_owner(location_.root);
  find_git_dir();
  check_owner(location_.git_dir);
  find_common_dir();
  check_owner(location_.common_dir);
  check_files(location_.common_dir);
  if (location_.git_dir != location_.common_dir) check_files(location_.git_dir);
  check_config(location_.common_dir + "/config", 0);
  check_config(location_.common_dir + "/config.worktree", 0);
  check_config(location_.git_dir + "/config.worktree", 0);
  find_alternates(location_.common_dir + "/objects", 0);
}

void GitLocator::allow(const std::string& path) {
  const auto real = resolved(path);
  if (!real) return;
  allowed_.push_back(*real);
  // As typed too, since what is written in a clone is judged by its text before its links are followed.
  const std::string typed = joined(fs::path(path).is_absolute() ? "/" : fs::current_path().string(), path);
  if (resolved(typed) == real) allowed_.push_back(typed);
}

void GitLocator::check_owner(const std::string& path) const {
  check_owner(path, Dir::open_root(path).own_status().owner);
}

void GitLocator::check_owner(const std::string& path, std::uint32_t owner) const {
  if (is_trusted_owner(owner) || options_.foreign_owner == ForeignOwner::allowed) return;
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
  const std::string plain = joined("/", path);
  const auto refuse = [&](const std::string& target) {
    // The directory that holds all of a store, since more than one part of it will be asked for.
    const std::string offer = target.ends_with("/objects") ? fs::path(target).parent_path().string() : target;
    throw_error(Cause::refused, "read the clone", location_.root,
                std::string(what) + " leads to " + target + ", outside of it; --allow-outside " + offer +
                    " allows that");
  };
  if (!is_allowed(plain)) refuse(plain);
  auto real = resolved(plain);
  if (real && !is_allowed(*real)) refuse(*real);
  return real;
}

// The proof that git itself asks for: a linked worktree's directory names our .git file, a submodule's
// configuration names our worktree.
bool GitLocator::points_back(const std::string& git_dir) const {
  boost::system::error_code error;
  if (!may_point_back(git_dir) || !fs::is_directory(git_dir, error)) return false;
  const auto names = [&](const std::string& text, const std::string& ours) {
    return resolved(fs::absolute(text, git_dir)) == ours;
  };
  const Dir dir = Dir::open_root(git_dir);
  if (const auto back = one_line(dir, "gitdir", "")) return names(*back, location_.root + "/.git");
  const auto config = dir.find_content("config", config_limit);
  if (!config) return false;
  const auto worktrees = values_of(*config, "worktree").values;
  return std::any_of(worktrees.begin(), worktrees.end(),
                     [&](const std::string& text) { return names(text, location_.root); });
}

void GitLocator::find_git_file(const std::string& text) {
  const std::string plain = joined(location_.root, text);
  if (!is_allowed(plain) && points_back(plain)) allow(plain);
  const auto real = require_inside(plain, "its .git file");
  boost::system::error_code error;
  if (!real || !fs::is_directory(*real, error))
    throw_error(Cause::not_found, "open the clone", location_.root,
                "its .git file leads to " + plain + ", which is no directory");
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
  const std::string plain = joined(location_.git_dir, *text);
  // A linked worktree's directory lies in the one that it shares, and was proved to be ours.
  const bool is_shared = fs::path(location_.git_dir).parent_path().string() == plain + "/worktrees";
  if (is_shared && points_back(location_.git_dir)) allow(plain);
  const auto real = require_inside(plain, "its commondir file");
  if (!real)
    throw_error(Cause::not_found, "open the clone", location_.root, "its commondir file leads to " + plain);
  location_.common_dir = *real;
}

void GitLocator::find_alternates(const std::string& objects, int level) {
  if (level >= alternate_levels) return;
  const auto text = Dir::open_root(objects).find_content("info/alternates", config_limit);
  if (!text) return;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view path = trim(line);
    if (path.empty() || path.starts_with("#")) continue;
    const auto real = require_inside(joined(objects, std::string(path)), "objects/info/alternates");
    boost::system::error_code error;
    if (!real || !fs::is_directory(*real, error) || *real == location_.common_dir + "/objects") continue;
    if (std::find(location_.alternates.begin(), location_.alternates.end(), *real) !=
        location_.alternates.end())
      continue;
    check_objects(*real);
    location_.alternates.push_back(*real);
    find_alternates(*real, level + 1);
  }
}

}  // namespace modelcache
