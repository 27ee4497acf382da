// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/index_check.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/unicode_form.hpp"
#include "modelcache/store/msc_files.hpp"

#include <algorithm>
#include <utility>

namespace modelcache {

namespace {

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_hex(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  return is_lower_hex(lower);
}

bool has_id_length(std::string_view text) {
  return text.size() == 40 || text.size() == 64;
}

// Why this revision of an entry is none that a client compares with; nothing when it is one.
std::optional<std::string> revision_flaw(const std::string& revision) {
  if (has_id_length(revision) && is_lower_hex(revision)) return {};
  if (revision.empty())
    return "it is empty: a download of the whole repo takes the file for any version, nothing can be "
           "verified";
  if (is_lower_hex(revision) && revision.size() < 64)
    return "it is a prefix, " + revision + ": a download of this file alone returns nothing";
  if (has_id_length(revision) && is_hex(revision))
    return "it has upper-case digits: the client downloads the file again";
  return "it is '" + revision + "', no id: the client downloads the file again, nothing can be verified";
}

bool is_below_any(const std::vector<std::string>& directories, const std::string& path) {
  return std::any_of(directories.begin(), directories.end(), [&](const std::string& directory) {
    return directory.empty() || path == directory || path.starts_with(directory + "/");
  });
}

}  // namespace

IndexCheck::IndexCheck(RepoStock& stock, std::optional<std::vector<MscEntry>> entries)
    : stock_(stock), has_index_(entries.has_value()) {
  if (!entries) return;
  for (const MscEntry& entry : *entries) check_entry(entry);
}

void IndexCheck::check_entry(const MscEntry& entry) {
  if (!entry.has_path) return;  // told of the index as a whole
  if (entry.has_extra_keys)
    stock_.note(FindingCode::index_extra_keys, entry.path,
                "a download of this file alone returns nothing while its entry has other keys");
  if (const auto flaw = entry_flaw(entry))
    return stock_.note(FindingCode::name_unsafe, ".msc",
                       "the index names '" + entry.path + "': " + *flaw + "; clients write there");
  const auto [known, is_new] = paths_.emplace(entry.path, entry.revision);
  if (!is_new)
    stock_.note(FindingCode::index_duplicate, entry.path,
                known->second == entry.revision ? "the index names it twice"
                                                : "the index names it twice, with different revisions");
  if (entry.has_revision) check_revision(entry);
}

void IndexCheck::check_revision(const MscEntry& entry) {
  if (const auto flaw = revision_flaw(entry.revision))
    stock_.note(FindingCode::index_revision, entry.path, "the revision in the index: " + *flaw);
}

// What the client does not download, or not always, needs no entry.
bool IndexCheck::may_lack_entry(std::string_view path) const {
  return !belongs_in_index(msc_flavour(stock_.context().layout), stock_.tree().type, path);
}

std::string IndexCheck::git_id(std::string_view path) const {
  const auto found = paths_.find(path);
  const bool is_id =
      found != paths_.end() && stock_.context().layout == Layout::aistudio && is_git_id(found->second);
  return is_id ? found->second : std::string();
}

bool IndexCheck::is_directory_at(const std::string& path) const {
  try {
    const auto status = stock_.context().root.find_status(path);
    return status && status->kind == FileKind::directory;
  } catch (const Error&) {
    return false;  // what is in the way has been told
  }
}

void IndexCheck::note_missing(const std::string& path) {
  const auto form = composed_form(path);
  const auto found = form ? unnamed_.find(*form) : unnamed_.end();
  if (found != unnamed_.end()) {
    stock_.note(FindingCode::name_unsafe, found->second,
                "the index names it in another Unicode form: the client does not find it");
    unnamed_.erase(found);
  } else {
    // aistudio-sdk 0.3.9 asks only whether anything is there.
    const bool is_directory = is_directory_at(stock_.tree().folder + "/" + path);
    stock_.note(FindingCode::blob_missing, path,
                is_directory ? "the index names it as a file, and its client takes the directory for that"
                             : "the index names it");
  }
  stock_.lack({path, {}, "is not here"});
}

void IndexCheck::note_stray(const std::string& path) {
  stock_.note(FindingCode::stray_entry, path, "the index does not name it: the client downloads it again");
}

void IndexCheck::run(const std::vector<WalkedFile>& files, const std::vector<std::string>& unreadable) {
  if (!has_index_) return;
  std::vector<std::string> stray;
  for (const WalkedFile& file : files) {
    if (file.kind != WalkedFile::Kind::file || names(file.path) || may_lack_entry(file.path)) continue;
    const auto form = composed_form(file.path);
    if (!form || !unnamed_.emplace(*form, file.path).second) stray.push_back(file.path);
  }
  for (const auto& [path, revision] : paths_) {
    const auto found = std::lower_bound(
        files.begin(), files.end(), path,
        [](const WalkedFile& file, const std::string& wanted) { return file.path < wanted; });
    // One that is there and cannot be read is told as what it is.
    if ((found == files.end() || found->path != path) && !is_below_any(unreadable, path)) note_missing(path);
  }
  for (const auto& [form, path] : unnamed_) stray.push_back(path);
  std::sort(stray.begin(), stray.end());
  for (const std::string& path : stray) note_stray(path);
  unnamed_.clear();
}

}  // namespace modelcache
