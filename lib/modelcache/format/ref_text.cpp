// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/ref_text.hpp"

#include "modelcache/base/text.hpp"
#include "modelcache/model/rel_path.hpp"
#include "modelcache/model/snapshot.hpp"

#include <algorithm>
#include <array>

namespace modelcache {

namespace {

constexpr std::size_t commit_digits = 40;

// C0, DEL and, in valid UTF-8, C1: everything that terminals act upon byte by byte.
bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

bool is_system_file(std::string_view name) {
  return name == ".DS_Store" || name == "Thumbs.db" || name == "desktop.ini";
}

bool is_temporary(std::string_view name) {
  return name.ends_with(".tmp") || name.ends_with(".lock");
}

std::string plain_component(std::string_view text) {
  const bool plain =
      RelPath::parse(text) && text.find('/') == std::string_view::npos && is_utf8(text) && !has_control(text);
  return plain ? std::string(text) : std::string();
}

std::optional<std::string_view> component_flaw(std::string_view component) {
  if (component.starts_with('.')) return "a part starts with a dot";
  if (component.ends_with('.')) return "a part ends with a dot";
  if (is_temporary(component)) return "a part ends as the names of temporary files do";
  if (is_system_file(component)) return "a part is the name of a system's own file";
  return {};
}

}  // namespace

RefText parse_ref_text(std::string_view content) {
  RefText result;
  if (content.size() > ref_text_limit) return result;
  const std::string_view commit = content.substr(0, commit_digits);
  const std::string_view rest = content.substr(commit.size());
  if (!is_commit_id(commit) || (!rest.empty() && rest != "\n" && rest != "\r\n")) {
    result.folder = plain_component(content);
    return result;
  }
  result.form = rest.empty() ? RefText::Form::exact : RefText::Form::newline;
  result.commit = commit;
  result.folder = commit;
  return result;
}

std::optional<std::string_view> ref_name_flaw(std::string_view name) {
  if (const auto flaw = RelPath::flaw(name)) return flaw;
  if (!is_utf8(name)) return "it is not UTF-8";
  if (has_control(name)) return "it holds control characters";
  if (name.find_first_of(" ~^:?*[\\") != std::string_view::npos)
    return "it holds a character that git does not allow";
  if (name.find("..") != std::string_view::npos) return "it holds two dots in a row";
  if (name.find("@{") != std::string_view::npos || name == "@") return "git gives '@' there another meaning";
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (const auto flaw = component_flaw(name.substr(begin, end - begin))) return flaw;
    begin = end + 1;
  }
  return {};
}

RefEntryKind classify_ref_entry(std::string_view path) {
  const auto checked = RelPath::parse(path);
  if (!checked || !is_utf8(path) || has_control(path)) return RefEntryKind::unsafe;
  const std::string_view name = checked->name();
  if (is_system_file(name)) return RefEntryKind::system_file;
  return is_temporary(name) ? RefEntryKind::temporary : RefEntryKind::ref;
}

std::optional<std::string> hub_ref_name(std::string_view git_ref, std::string_view remote) {
  const std::string remote_prefix = "refs/remotes/" + std::string(remote) + "/";
  std::string_view name = git_ref;
  if (name.starts_with(remote_prefix))
    name.remove_prefix(remote_prefix.size());
  else if (name.starts_with("refs/heads/"))
    name.remove_prefix(std::string_view("refs/heads/").size());
  else if (name.starts_with("refs/tags/"))
    name.remove_prefix(std::string_view("refs/tags/").size());
  else if (!name.starts_with("refs/pr/") && !name.starts_with("refs/convert/"))
    return {};
  // Clients take 40 digits for the commit itself, so a branch of such a name would stand for another one.
  if (name == "HEAD" || is_commit_id(name) || ref_name_flaw(name)) return {};
  return std::string(name);
}

}  // namespace modelcache
