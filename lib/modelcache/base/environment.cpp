// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/environment.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace modelcache {

namespace {

bool is_name_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The name behind a '$', braces included; empty where none begins.
std::string_view variable_name(std::string_view text) {
  if (text.starts_with('{')) {
    const std::size_t close = text.find('}');
    return close == std::string_view::npos ? std::string_view() : text.substr(0, close + 1);
  }
  return text.substr(
      0, static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_name_char) - text.begin()));
}

}  // namespace

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

std::string expand_home(std::string_view text) {
  if (!text.starts_with('~')) return std::string(text);
  const std::string_view rest = text.substr(std::min(text.find('/'), text.size()));
  const std::string user(text.substr(1, text.size() - rest.size() - 1));
  std::optional<std::string> home = user.empty() ? environment("HOME") : std::nullopt;
  if (!home) {
    const passwd* entry = user.empty() ? ::getpwuid(::getuid()) : ::getpwnam(user.c_str());
    if (entry == nullptr || entry->pw_dir == nullptr) return std::string(text);
    home = entry->pw_dir;
  }
  home->erase(home->find_last_not_of('/') + 1);
  home->append(rest);
  return home->empty() ? "/" : *home;
}

std::string expand_variables(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view name = text.front() == '$' ? variable_name(text.substr(1)) : std::string_view();
    const bool braces = name.starts_with('{');
    const auto value = name.empty()
                           ? std::nullopt
                           : environment(std::string(braces ? name.substr(1, name.size() - 2) : name));
    out += value ? *value : std::string(text.substr(0, 1 + name.size()));
    text.remove_prefix(1 + name.size());
  }
  return out;
}

std::string path_below(std::string_view directory, std::string_view path) {
  std::string joined(directory);
  if (!joined.empty() && !joined.ends_with('/')) joined += '/';
  return joined.append(path);
}

// The order of huggingface_hub's constants.py.
std::string hf_home() {
  if (const auto home = environment("HF_HOME")) return expand_variables(expand_home(*home));
  const auto cache = environment("XDG_CACHE_HOME");
  return expand_variables(
      expand_home(path_below(cache ? *cache : path_below(expand_home("~"), ".cache"), "huggingface")));
}

}  // namespace modelcache
