// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/locate.hpp"

#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/remote_url.hpp"
#include "modelcache/model/repo_id.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

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

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

std::string home_of_user() {
  if (auto home = variable("HOME"); home && !home->empty()) return *home;
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr && entry->pw_dir != nullptr ? entry->pw_dir : "/";
}

bool is_name_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Python's os.path.expandvars: $NAME and ${NAME}; an unset one stays as it is.
std::string expand_variables(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool braces = text.substr(at).starts_with("${");
    const std::size_t begin = at + (braces ? 2 : 1);
    std::size_t end = begin;
    if (text[at] == '$')
      while (end < text.size() && is_name_char(text[end])) ++end;
    const bool closed = !braces || (end < text.size() && text[end] == '}');
    const auto value = text[at] == '$' && end > begin && closed
                           ? variable(std::string(text.substr(begin, end - begin)).c_str())
                           : std::nullopt;
    if (value) {
      out += *value;
      at = end + (braces ? 1 : 0);
    } else {
      out += text[at++];
    }
  }
  return out;
}

std::string expand_home(std::string_view text) {
  if (text == "~" || text.starts_with("~/")) return home_of_user() + std::string(text.substr(1));
  return std::string(text);
}

std::string joined(const std::string& base, std::string_view name) {
  return (fs::path(base) / std::string(name)).string();
}

constexpr int index_levels = 3;  // an AI Studio or ModelScope root holds [models/]owner/name/.msc
constexpr std::size_t index_folders =
    64;  // looked into on each level: enough to recognise, cheap on any tree

// Whether a pickled index of the AI Studio and ModelScope clients is here or a few levels below.
bool has_index(const Dir& dir, int levels) {
  if (dir.find_status(".msc") || dir.find_status(".mdl")) return true;
  if (levels == 0) return false;
  std::vector<std::string> below;
  dir.for_each([&](const Dir::Item& item) {
    if (item.kind == FileKind::directory && below.size() < index_folders) below.emplace_back(item.name);
  });
  return std::any_of(below.begin(), below.end(), [&](const std::string& name) {
    try {
      const auto child = dir.find_dir(name);
      return child && has_index(*child, levels - 1);
    } catch (const Error&) {
      return false;  // not ours to read: it says nothing about what this is
    }
  });
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
  if (!has_repos && !has_git && has_index(dir, index_levels)) {
    found.push_back(Layout::aistudio);
    found.push_back(Layout::modelscope);
  }
  return found;
}

[[noreturn]] void refuse_two(std::string_view path, const std::vector<Layout>& found) {
  std::string text = "'" + terminal_safe(path) + "' could be ";
  for (std::size_t i = 0; i < found.size(); ++i)
    text += (i > 0 ? " or " : "") + std::string(to_string(found[i])) + ":" + terminal_safe(path);
  throw Error(Cause::usage, text + "; say which");
}

}  // namespace

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

std::string real_path(const std::string& path) {
  boost::system::error_code error;
  // The working directory may be gone, which matters to relative paths only.
  const fs::path absolute = fs::path(path).is_absolute() ? fs::path(path) : fs::current_path(error) / path;
  const fs::path real = fs::weakly_canonical(absolute, error);
  return error ? absolute.lexically_normal().string() : real.string();
}

bool is_same_place(const Place& one, const Place& other) {
  boost::system::error_code error;
  return one.layout == other.layout &&
         (one.path == other.path || fs::equivalent(one.path, other.path, error));
}

std::string default_hf_home() {
  if (auto home = variable("HF_HOME")) return real_path(expand_home(expand_variables(*home)));
  const auto cache = variable("XDG_CACHE_HOME");
  return real_path(joined(cache ? *cache : joined(home_of_user(), ".cache"), "huggingface"));
}

std::string default_hf_root() {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"})
    if (auto root = variable(name)) return real_path(expand_home(expand_variables(*root)));
  return real_path(joined(default_hf_home(), "hub"));
}

// aistudio-sdk 0.3: the variable is the root itself.
std::string default_aistudio_root() {
  if (auto root = variable("AISTUDIO_CACHE_HOME")) return real_path(expand_home(*root));
  return real_path(joined(home_of_user(), ".cache/aistudio/hub"));
}

// modelscope >= 1.38; older releases add "hub".
std::string default_modelscope_root() {
  if (auto cache = variable("MODELSCOPE_CACHE"); cache && !cache->empty())
    return real_path(expand_home(*cache));
  return real_path(joined(home_of_user(), ".cache/modelscope"));
}

std::vector<Place> default_places() {
  std::vector<Place> places;
  const auto add = [&](Layout layout, const std::string& path) {
    boost::system::error_code error;
    if (fs::is_directory(path, error)) places.push_back({layout, path});
  };
  add(Layout::hf, default_hf_root());
  add(Layout::aistudio, default_aistudio_root());
  add(Layout::modelscope, default_modelscope_root());
  return places;
}

}  // namespace modelcache
