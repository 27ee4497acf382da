// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/repo_index.hpp"

#include "modelcache/base/error.hpp"

#include <algorithm>

namespace modelcache {

namespace {

// Nothing where there is no such file, or none that can be read, which is told.
std::optional<std::string> content_of(const Dir& folder, const char* name, std::size_t limit,
                                      Severity unreadable, RepoStock& stock) {
  try {
    return folder.find_content(name, limit);
  } catch (const Error& error) {
    if (error.cause() != Cause::refused) {
      stock.note_failure(name, error);
      return {};
    }
    stock.note(FindingCode::index_unreadable, unreadable, name, error.what());
    return {};
  }
}

void note_flaw(RepoStock& stock, const char* name, Severity unreadable, const IndexFlaw& flaw) {
  if (flaw.is_unsafe)
    stock.note(FindingCode::index_unsafe, name, flaw.sentence);
  else
    stock.note(FindingCode::index_unreadable, unreadable, name, flaw.sentence);
}

std::optional<std::vector<MscEntry>> read_entries(const Dir& folder, RepoStock& stock) {
  const auto bytes = content_of(folder, ".msc", pickle_limit, Severity::error, stock);
  if (!bytes) {
    const auto status = folder.find_status(".msc");
    if (!status)
      stock.note(FindingCode::index_unreadable, Severity::warning, ".msc",
                 "there is no index: clients that need one download every file again");
    return {};
  }
  ParsedMsc parsed = parse_msc(*bytes);
  if (parsed.flaw) note_flaw(stock, ".msc", Severity::error, *parsed.flaw);
  if (!parsed.index) return {};
  for (const std::string& warning : parsed.index->warnings)
    stock.note(FindingCode::index_unreadable, Severity::warning, ".msc", warning);
  const auto is_unusable = [](const MscEntry& entry) { return !entry.has_path || !entry.has_revision; };
  if (std::any_of(parsed.index->entries.begin(), parsed.index->entries.end(), is_unusable))
    stock.note(FindingCode::index_unreadable, ".msc",
               "its client fails on an entry without Path or Revision");
  return std::move(parsed.index->entries);
}

void check_id(const Dir& folder, RepoStock& stock) {
  const auto bytes = content_of(folder, ".mdl", pickle_limit, Severity::warning, stock);
  if (!bytes) return;
  const ParsedMdl parsed = parse_mdl(*bytes);
  if (parsed.flaw) return note_flaw(stock, ".mdl", Severity::warning, *parsed.flaw);
  for (const std::string& warning : parsed.warnings)
    stock.note(FindingCode::index_unreadable, Severity::warning, ".mdl", warning);
  // "owner/name" with the name masked, as the folder is called.
  if (parsed.id && !stock.tree().folder.ends_with("/" + *parsed.id) && *parsed.id != stock.tree().folder)
    stock.note(FindingCode::index_unreadable, Severity::warning, ".mdl",
               "it is that of another repo, " + *parsed.id);
}

std::optional<std::string> read_revision(const Dir& folder, RepoStock& stock) {
  const auto content = content_of(folder, ".mv", mv_limit, Severity::warning, stock);
  if (!content) return {};
  const auto note = [&](const std::string& detail) {
    stock.note(FindingCode::index_unreadable, Severity::warning, ".mv", detail);
  };
  const ParsedMv parsed = parse_mv(*content);
  if (!parsed.text) {
    note(parsed.reason);
    return {};
  }
  const bool is_aistudio = stock.context().layout == Layout::aistudio;
  const MscFlavour wanted = is_aistudio ? MscFlavour::aistudio : MscFlavour::modelscope;
  if (parsed.text->flavour() != wanted)
    note(is_aistudio ? "it is not of the form that aistudio-sdk writes"
                     : "it is not of the form that modelscope writes");
  return parsed.text->revision.empty() ? std::nullopt : std::optional(parsed.text->revision);
}

}  // namespace

RepoIndex read_repo_index(const Dir& folder, RepoStock& stock) {
  RepoIndex index;
  index.revision = read_revision(folder, stock);
  check_id(folder, stock);
  index.entries = read_entries(folder, stock);
  return index;
}

}  // namespace modelcache
