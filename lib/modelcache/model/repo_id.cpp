// SPDX-License-Identifier: Apache-2.0
#include "modelcache/model/repo_id.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"

#include <algorithm>
#include <array>

namespace modelcache {

namespace {

constexpr std::size_t part_limit = 96;

struct TypeName {
  RepoType type;
  std::string_view singular;
  std::string_view plural;
};
constexpr std::array<TypeName, 4> type_names{{{RepoType::model, "model", "models"},
                                              {RepoType::dataset, "dataset", "datasets"},
                                              {RepoType::space, "space", "spaces"},
                                              {RepoType::kernel, "kernel", "kernels"}}};

const TypeName& names_of(RepoType type) {
  return *std::find_if(type_names.begin(), type_names.end(),
                       [&](const TypeName& name) { return name.type == type; });
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::optional<std::string_view> part_flaw(std::string_view part) {
  if (part.empty()) return "an empty name";
  if (part.size() > part_limit) return "a name longer than 96 characters";
  for (const char c : part)
    if (!is_word(c) && c != '-' && c != '.')
      return "a character other than letters, digits, '_', '-' and '.'";
  if (!is_word(part.front()) || !is_word(part.back())) return "a name that begins or ends with '-' or '.'";
  return {};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at, from.size()) == from) {
      out += to;
      at += from.size();
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace

std::string_view to_string(RepoType type) {
  return names_of(type).singular;
}
std::string_view plural(RepoType type) {
  return names_of(type).plural;
}

std::optional<RepoType> parse_repo_type(std::string_view word) {
  for (const TypeName& name : type_names)
    if (word == name.singular || word == name.plural) return name.type;
  return {};
}

std::optional<std::string_view> RepoId::flaw(std::string_view id) {
  const std::size_t slash = id.find('/');
  if (slash != std::string_view::npos && id.find('/', slash + 1) != std::string_view::npos)
    return "more than one '/'";
  if (const auto flaw = part_flaw(id.substr(0, slash))) return flaw;
  if (slash != std::string_view::npos)
    if (const auto flaw = part_flaw(id.substr(slash + 1))) return flaw;
  if (contains(id, "--")) return "'--' in it";
  if (contains(id, "..")) return "'..' in it";
  if (id.ends_with(".git")) return "'.git' at its end";
  return {};
}

RepoId RepoId::parse(RepoType type, std::string_view id) {
  if (const auto rule = flaw(id))
    throw Error(Cause::usage, "the repo id '" + terminal_safe(id) + "' has " + std::string(*rule));
  return {type, id};
}

std::optional<RepoId> RepoId::from_folder(std::string_view folder) {
  const auto split = split_repo_folder(folder);
  if (!split || flaw(split->id)) return {};
  return RepoId(split->type, split->id);
}

std::string RepoId::folder() const {
  return std::string(plural(type_)) + "--" + replace_all(id_, "/", "--");
}

std::string RepoId::text() const {
  return std::string(to_string(type_)) + "/" + id_;
}

std::optional<RepoFolder> split_repo_folder(std::string_view folder) {
  const std::size_t dashes = folder.find("--");
  if (dashes == std::string_view::npos) return {};
  for (const TypeName& name : type_names)
    if (folder.substr(0, dashes) == name.plural)
      return RepoFolder{name.type, replace_all(folder.substr(dashes + 2), "--", "/")};
  return {};
}

RepoRevision parse_repo(std::string_view text, std::optional<RepoType> type_override) {
  // Not shown again: it may hold a password.
  if (text.find("://") != std::string_view::npos)
    throw Error(Cause::usage, "a repo is named [TYPE/]OWNER/NAME, not by a url");
  std::optional<std::string> revision;
  const std::size_t at = text.find('@');
  std::string_view id = text.substr(0, at);
  if (at != std::string_view::npos) {
    revision = std::string(text.substr(at + 1));
    if (revision->empty())
      throw Error(Cause::usage, "'" + terminal_safe(text) + "' has no revision behind '@'");
  }
  RepoType type = type_override.value_or(RepoType::model);
  const std::size_t slash = id.find('/');
  const auto word = slash == std::string_view::npos ? std::nullopt : parse_repo_type(id.substr(0, slash));
  // With --repo-type given, "datasets/x" may be a repo of an owner called so: only three parts name a type
  // then.
  if (word && (!type_override || contains(id.substr(slash + 1), "/"))) {
    if (!type_override) type = *word;
    id.remove_prefix(slash + 1);
  }
  return {RepoId::parse(type, id), std::move(revision)};
}

}  // namespace modelcache
