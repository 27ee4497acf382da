// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/msc_names.hpp"

#include <algorithm>
#include <array>

namespace modelcache {

namespace {

constexpr std::string_view mask = "___";
constexpr std::array<std::string_view, 3> index_files{".msc", ".mdl", ".mv"};
constexpr std::array<std::string_view, 4> client_folders{"._tmp", "._____temp", ".lock", ".modelcache"};
constexpr std::size_t shortest_prefix = 7;
constexpr std::size_t git_id_length = 40;

}  // namespace

bool is_client_file(std::string_view path) {
  const std::string_view top = path.substr(0, path.find('/'));
  if (std::find(client_folders.begin(), client_folders.end(), top) != client_folders.end()) return true;
  return std::any_of(index_files.begin(), index_files.end(), [&](std::string_view name) {
    return top.starts_with(name) && (top.size() == name.size() || top[name.size()] == '.');
  });
}

bool is_index_leftover(std::string_view path) {
  return path.starts_with("tmp") && path.ends_with(".tmp") && path.find('/') == std::string_view::npos;
}

bool is_git_file(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == ".gitattributes" || name == ".gitignore";
}

bool belongs_in_index(MscFlavour flavour, RepoType type, std::string_view path) {
  if (!is_git_file(path)) return true;
  if (flavour == MscFlavour::modelscope) return type == RepoType::dataset;
  return path.find('/') != std::string_view::npos;
}

std::string masked_name(std::string_view name) {
  std::string masked;
  for (const char c : name) masked += c == '.' ? std::string(mask) : std::string(1, c);
  return masked;
}

std::string unmasked_name(std::string_view folder) {
  std::string name;
  while (!folder.empty()) {
    const bool is_masked = folder.starts_with(mask);
    name += is_masked ? '.' : folder.front();
    folder.remove_prefix(is_masked ? mask.size() : 1);
  }
  return name;
}

std::string mdl_id(const RepoId& repo) {
  const std::size_t name = repo.id().find('/') + 1;
  return repo.id().substr(0, name) + masked_name(repo.id().substr(name));
}

bool is_git_id(std::string_view revision) {
  return revision.size() >= shortest_prefix && revision.size() <= git_id_length &&
         revision.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::string> entry_flaw(const MscEntry& entry) {
  if (!entry.has_path) return "it has no text as Path, and the client fails on it";
  if (!entry.is_file_name) return "no file can have this name";
  if (const auto flaw = RelPath::flaw(entry.path)) return std::string(*flaw);
  if (is_client_file(entry.path)) return "it names a file of the client's own";
  return {};
}

MscEntry msc_entry(const RelPath& path, std::string_view revision) {
  MscEntry entry;
  entry.path = path.bytes();
  entry.revision = revision;
  return entry;
}

}  // namespace modelcache
