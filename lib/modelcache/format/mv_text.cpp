// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/msc_index.hpp"

namespace modelcache {

namespace {

constexpr std::string_view revision_key = "Revision:";
constexpr std::string_view created_key = ",CreatedAt:";
constexpr std::size_t commit_digits = 40;

bool holds_only(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_printable(std::string_view text) {
  if (!is_utf8(text)) return false;
  // A backslash is the one printable character that terminal_safe() changes, into two.
  std::string bare(text);
  std::erase(bare, '\\');
  return terminal_safe(bare) == bare;
}

}  // namespace

std::optional<MscFlavour> MvText::flavour() const {
  if (!created_at) return MscFlavour::modelscope;
  if (*created_at == "unknown" && revision.size() == commit_digits &&
      holds_only(revision, "0123456789abcdef"))
    return MscFlavour::aistudio;
  if (holds_only(*created_at, "0123456789")) return MscFlavour::modelscope;
  return {};
}

ParsedMv parse_mv(std::string_view content) {
  if (content.size() > mv_limit) return {{}, "it is larger than " + std::to_string(mv_limit) + " bytes"};
  if (content.ends_with('\n')) content.remove_suffix(content.ends_with("\r\n") ? 2 : 1);
  if (content.empty()) return {{}, "it is empty"};
  if (!is_printable(content)) return {{}, "it is not one line of printable text"};
  if (!content.starts_with(revision_key)) return {MvText{std::string(content), {}}, {}};
  const std::size_t end = content.rfind(created_key);
  if (end == std::string_view::npos) return {{}, "it has a Revision without CreatedAt"};
  MvText text;
  text.revision = content.substr(revision_key.size(), end - revision_key.size());
  text.created_at = content.substr(end + created_key.size());
  return {std::move(text), {}};
}

std::string write_mv(const MvText& text) {
  std::string content = text.revision;
  if (text.created_at) {
    content.insert(0, revision_key);
    content += created_key;
    content += *text.created_at;
  }
  if (parse_mv(content).text != text)
    throw Error(Cause::refused, "cannot write .mv: its revision would not read back");
  return content;
}

}  // namespace modelcache
