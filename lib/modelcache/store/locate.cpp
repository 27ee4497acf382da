// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/locate.hpp"

#include "modelcache/base/dir.hpp"
#include "modelcache/base/environment.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/remote_url.hpp"
#include "modelcache/model/repo_id.hpp"
#include "modelcache/store/locate_trees.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>

#include <algorithm>
#include <array>

namespace modelcache {

namespace fs = boost::filesystem;

namespace {

struct LayoutName {
  Layout layout;
  std::string_view name;
};
constexpr std::array<LayoutName, 5> layout_names{{{Layout::hf, "hf"},
                                                  {Layout::aistudio, "aistudio"},
                                                  {Layout::modelscope, "modelscope"},
                                                  {Layout::clone, "clone"},
                                                  {Layout::dir, "dir"}}};

// In the order of huggingface_hub's constants.py.
std::string expand(std::string_view text) {
  return expand_variables(expand_home(text));
}

// The working directory may be gone, which matters to relative paths only.
fs::path from_root(std::string path) {
  // Boost takes two slashes in front for the name of a host.
  if (path.starts_with("//")) path.erase(0, std::min(path.find_first_not_of('/'), path.size()) - 1);
  boost::system::error_code error;
  return fs::path(path).is_absolute() ? fs::path(path) : fs::current_path(error) / path;
}

std::string without_final_slash(std::string path) {
  while (path.size() > 1 && (path.ends_with('/') || path.ends_with("/."))) path.pop_back();
  return path;
}

// What a directory looks like, by the names in it.
std::vector<Layout> recognise(const Dir& dir) {
  std::vector<Layout> found;
  bool has_repos = false;
  bool has_git = false;
  bool has_objects = false;
  bool has_head = false;
  dir.for_each([&](const Dir::Item& item) {
    has_git = has_git || item.name == ".git";
    // A repo's folder may be a link, which clients follow.
    const bool may_be_folder = item.kind == FileKind::directory || item.kind == FileKind::link;
    has_repos = has_repos || (may_be_folder && split_repo_folder(item.name));
    has_objects = has_objects || (item.name == "objects" && item.kind == FileKind::directory);
    has_head = has_head || item.name == "HEAD";
  });
  if (has_repos) found.push_back(Layout::hf);
  if (has_git || (has_objects && has_head)) found.push_back(Layout::clone);
  if (has_repos || has_git) return found;
  const TreeSigns signs = find_tree_signs(dir);
  if (signs.aistudio || signs.is_unclear()) found.push_back(Layout::aistudio);
  if (signs.modelscope || signs.is_unclear()) found.push_back(Layout::modelscope);
  return found;
}

[[noreturn]] void refuse_two(std::string_view path, const std::vector<Layout>& found) {
  std::string text = "'" + terminal_safe(path) + "' could be ";
  for (std::size_t i = 0; i < found.size(); ++i)
    text += (i > 0 ? " or " : "") + std::string(to_string(found[i])) + ":" + terminal_safe(path);
  throw Error(Cause::usage, text + "; say which");
}

}  // namespace

std::string absolute_path(const std::string& path) {
  std::string text = from_root(path).lexically_normal().string();
  // Boost keeps what would go above the root; the kernel stays there.
  while (text == "/.." || text.starts_with("/../")) text.erase(0, 3);
  return without_final_slash(text.empty() ? "/" : text);
}

std::string real_path(const std::string& path) {
  boost::system::error_code error;
  const fs::path real = fs::weakly_canonical(from_root(path), error);
  return error ? absolute_path(path) : without_final_slash(real.string());
}

std::string_view to_string(Layout layout) {
  return std::find_if(layout_names.begin(), layout_names.end(),
                      [&](const LayoutName& name) { return name.layout == layout; })
      ->name;
}

std::string Place::text() const {
  return std::string(to_string(layout)) + ":" + path;
}

Place locate(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  const auto named = std::find_if(layout_names.begin(), layout_names.end(), [&](const LayoutName& name) {
    return colon != std::string_view::npos && name.name == word;
  });
  if (named != layout_names.end()) {
    const std::string path(text.substr(colon + 1));
    if (!path.empty()) return {named->layout, path};
    if (named->layout == Layout::hf) return {Layout::hf, default_hf_root()};
    if (named->layout == Layout::aistudio) return {Layout::aistudio, default_aistudio_root()};
    if (named->layout == Layout::modelscope) return {Layout::modelscope, default_modelscope_root()};
    throw Error(Cause::usage, "'" + terminal_safe(text) + "' needs a path");
  }
  const std::string path(text);
  boost::system::error_code error;
  const bool exists = !path.empty() && fs::exists(path, error);
  if (!exists && colon != std::string_view::npos && text.find('/') > colon)
    throw Error(Cause::usage, "'" + terminal_safe(word) + "' in '" +
                                  terminal_safe(without_credentials(text)) +
                                  "' is no layout; there are hf, aistudio, modelscope, clone and dir");
  const auto found = recognise(Dir::open_root(path));
  if (found.size() > 1) refuse_two(text, found);
  return {found.empty() ? Layout::dir : found.front(), path};
}

bool is_same_place(const Place& one, const Place& other) {
  boost::system::error_code error;
  return one.layout == other.layout &&
         (one.path == other.path || fs::equivalent(one.path, other.path, error));
}

bool lies_in(const std::string& path, const std::string& directory) {
  const fs::path outer(real_path(directory));
  for (fs::path here(real_path(path));; here = here.parent_path()) {
    boost::system::error_code error;
    if (here == outer || fs::equivalent(here, outer, error)) return true;
    if (!here.has_relative_path()) return false;
  }
}

std::string default_hf_home() {
  return real_path(hf_home());
}

std::string default_hf_root() {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"})
    if (const auto root = environment(name)) return real_path(expand(*root));
  return real_path(expand(path_below(hf_home(), "hub")));
}

// aistudio-sdk 0.3: the variable is the root itself.
std::string default_aistudio_root() {
  return real_path(expand_home(environment("AISTUDIO_CACHE_HOME").value_or("~/.cache/aistudio/hub")));
}

// aistudio-sdk 0.1 - 0.2: the variable stands for the home.
std::string default_aistudio_blobs_root() {
  return real_path(
      path_below(expand_home(environment("AISTUDIO_CACHE_HOME").value_or("~")), ".cache/aistudio"));
}

// modelscope >= 1.38; older releases add "hub".
std::string default_modelscope_root() {
  for (const char* name : {"MODELSCOPE_CACHE", "MS_CACHE_HOME"})
    if (const auto cache = environment(name); cache && !cache->empty()) return real_path(expand_home(*cache));
  return real_path(expand_home("~/.cache/modelscope"));
}

std::string default_older_modelscope_root() {
  const auto cache = environment("MODELSCOPE_CACHE");
  return real_path(expand_home(cache.value_or("~/.cache/modelscope/hub")));
}

std::vector<Place> default_places() {
  std::vector<Place> places;
  const auto add = [&](Layout layout, const std::string& path) {
    boost::system::error_code error;
    if (fs::is_directory(path, error)) places.push_back({layout, path});
  };
  add(Layout::hf, default_hf_root());
  add(Layout::aistudio, default_aistudio_root());
  if (holds_blobs_trees(default_aistudio_blobs_root())) add(Layout::aistudio, default_aistudio_blobs_root());
  add(Layout::modelscope, default_modelscope_root());
  return places;
}

}  // namespace modelcache
