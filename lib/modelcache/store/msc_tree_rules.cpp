// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/msc_tree_rules.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/git_commit.hpp"
#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/format/msc_index.hpp"
#include "modelcache/store/msc_files.hpp"
#include "modelcache/store/tree_locks.hpp"
#include "modelcache/store/tree_repos.hpp"

#include <algorithm>
#include <ctime>
#include <set>
#include <thread>
#include <utility>

namespace modelcache {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + terminal_safe(word);
  return text;
}

std::string branch_of(const Snapshot& snapshot) {
  const auto& refs = snapshot.refs;
  if (std::find(refs.begin(), refs.end(), "master") != refs.end()) return "master";
  return refs.empty() ? snapshot.commit : refs.front();
}

// Of an entry that a client can use; others do not come into an index that we write.
std::optional<RelPath> kept_path(const MscEntry& entry) {
  return entry_flaw(entry) || !entry.has_revision ? std::nullopt : RelPath::parse(entry.path);
}

// The kernel stamps files with a clock that stands still for some milliseconds, or, since 6.13, with an exact
// one where somebody looked meanwhile. An index that is stamped later than each file that it names tells
// apart what is changed afterwards: so it waits until the slow clock has passed the moment that is now.
void await_next_tick() {
  constexpr int longest = 50;  // milliseconds; a clock that is set back meanwhile is not waited for
  timespec before{};
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &before);
  for (int i = 0; i < longest && !is_before(before, now); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  }
}

// Pointers of large files by what their id is of.
struct PointerCounts {
  std::size_t known = 0;
  std::size_t bare = 0;
  std::size_t ended = 0;
};

}  // namespace

std::vector<std::string> MscTreeRules::folders(const Snapshot&) const {
  return {folder_};
}

std::vector<std::string> MscTreeRules::present_folders(const Dir&) const {
  return {folder_};
}

std::string MscTreeRules::staging() const {
  const std::size_t slash = folder_.rfind('/');
  return folder_.substr(0, slash + 1) + "." + folder_.substr(slash + 1) + ".modelcache";
}

// The client's cache directory in the root: what stands before "models/".
std::string MscTreeRules::base() const {
  const std::string type = std::string(plural(repo_.type())) + "/";
  const std::size_t at = folder_.find(type);
  return at == std::string::npos || at == 0 ? "" : folder_.substr(0, at - 1);
}

std::string MscTreeRules::revision_of(const Entry& entry) const {
  if (options_.layout == Layout::modelscope) return entry.last_commit;
  if (entry.content->kind() == HashKind::git_sha1) return entry.content->hex();
  switch (options_.pointer_newline) {
    case PointerNewline::yes:
      return pointer_git_oid(*entry.content, entry.size).hex();
    case PointerNewline::no:
      return bare_pointer_git_oid(*entry.content, entry.size).hex();
    case PointerNewline::automatic:
      break;
  }
  return (entry.git_oid ? *entry.git_oid : bare_pointer_git_oid(*entry.content, entry.size)).hex();
}

void MscTreeRules::require_expressible(const Publication& publication) const {
  if (options_.layout == Layout::aistudio) return;
  for (std::size_t i = 0; i < publication.present.size(); ++i) {
    const Entry& entry = publication.snapshot.entries[i];
    if (!publication.present[i] || !has_entry(entry.path) || !entry.last_commit.empty()) continue;
    throw Error(Cause::refused,
                "cannot write " + repo_.text() +
                    " for modelscope 1.37 and older: its index takes the last commit that changed each file, "
                    "and the source does not tell that of " +
                    terminal_safe(entry.path) + "; a clone with its whole history does");
  }
}

std::vector<std::string> MscTreeRules::notes(const Publication& publication) const {
  std::vector<std::string> notes;
  const Snapshot& snapshot = publication.snapshot;
  if (options_.layout == Layout::modelscope) {
    if (snapshot.refs.size() > 1)
      notes.push_back("of the names " + joined(snapshot.refs) + " only '" +
                      terminal_safe(branch_of(snapshot)) +
                      "' is noted: this layout has one revision of a repo");
    return notes;
  }
  // Of its client's default branch nothing is lost.
  const bool is_default =
      snapshot.refs.size() == 1 && (snapshot.refs.front() == "main" || snapshot.refs.front() == "master");
  if (!snapshot.refs.empty() && !is_default)
    notes.push_back("not kept: the names " + joined(snapshot.refs) +
                    "; this layout has one revision of a repo and no refs");
  PointerCounts counts;
  for (std::size_t i = 0; i < publication.present.size(); ++i) {
    const Entry& entry = snapshot.entries[i];
    if (!publication.present[i] || entry.content->kind() != HashKind::sha256) continue;
    const std::string id = revision_of(entry);
    if (options_.pointer_newline == PointerNewline::automatic && entry.git_oid)
      ++counts.known;
    else
      ++(id == pointer_git_oid(*entry.content, entry.size).hex() ? counts.ended : counts.bare);
  }
  const auto note = [&](std::size_t count, std::string_view how) {
    if (count > 0)
      notes.push_back("ids of " + std::to_string(count) +
                      (count == 1 ? " LFS pointer: " : " LFS pointers: ") + std::string(how));
  };
  note(counts.known, "as the source's git tree has them (--pointer-newline auto)");
  note(counts.bare, "of a text without final newline, as aistudio-sdk uploads it (--pointer-newline no)");
  note(counts.ended, "of a text with final newline, as git-lfs pushes it (--pointer-newline yes)");
  return notes;
}

std::optional<FileLock> MscTreeRules::lock(const Dir& root, std::chrono::milliseconds wait) const {
  const std::string base_path = base();
  if (options_.layout == Layout::modelscope) return lock_modelscope_repo(root, base_path, repo_, wait);
  const std::string types = (base_path.empty() ? "" : base_path + "/") + std::string(plural(repo_.type()));
  await_process_locks(root, types + "/" + partials_folder(options_.layout, repo_), wait);
  return {};
}

const std::map<std::string, std::string>& MscTreeRules::known_entries(const Dir& folder) const {
  if (known_) return *known_;
  known_.emplace();
  const auto status = or_nothing([&] { return folder.find_status(".msc"); });
  if (!status) return *known_;
  const auto index = require_msc(folder);
  if (!index) return *known_;
  known_since_ = status->modified;
  for (const MscEntry& entry : index->entries) known_->emplace(entry.path, entry.revision);
  return *known_;
}

// What was changed after the index was written is not what it says.
bool MscTreeRules::is_noted(const Dir& folder, const Entry& entry, const Status& status) const {
  if (options_.layout != Layout::aistudio) return false;
  const auto& entries = known_entries(folder);
  const auto found = entries.find(entry.path.bytes());
  return found != entries.end() && found->second == revision_of(entry) &&
         is_before(status.changed, known_since_);
}

MscIndex MscTreeRules::merged_index(const Dir& folder, const Publication& publication) const {
  MscIndex index;
  std::set<std::string> decided;
  const Snapshot& snapshot = publication.snapshot;
  for (std::size_t i = 0; i < publication.present.size(); ++i) {
    const Entry& entry = snapshot.entries[i];
    if (!has_entry(entry.path)) continue;
    if (publication.present[i]) index.entries.push_back(msc_entry(entry.path, revision_of(entry)));
    decided.insert(entry.path.bytes());
  }
  // What this revision does not have is not taken for a part of it.
  if (snapshot.lists_all) return index;
  const auto before = require_msc(folder);
  if (!before) return index;
  for (const MscEntry& entry : before->entries)
    if (const auto path = kept_path(entry); path && !decided.contains(entry.path))
      index.entries.push_back(msc_entry(*path, entry.revision));
  std::stable_sort(index.entries.begin(), index.entries.end(),
                   [](const MscEntry& a, const MscEntry& b) { return a.path < b.path; });
  return index;
}

std::string MscTreeRules::version_text(const Snapshot& snapshot) const {
  if (options_.layout == Layout::aistudio) return write_mv({snapshot.commit, "unknown"});
  if (repo_.type() == RepoType::dataset) return write_mv({branch_of(snapshot), {}});
  const auto time = commit_time(snapshot.commit_object).value_or(std::time(nullptr));
  return write_mv({branch_of(snapshot), std::to_string(time)});
}

bool MscTreeRules::is_done(const Dir& folder, const Publication& publication) const {
  const auto index = require_msc(folder);
  if (!index || index->entries != merged_index(folder, publication).entries) return false;
  const auto version = find_mv(folder);
  const std::string wanted =
      options_.layout == Layout::aistudio ? publication.snapshot.commit : branch_of(publication.snapshot);
  return version && version->revision == wanted && folder.find_status(".mdl").has_value();
}

void MscTreeRules::forget(const Dir& folder, const Dir& parts, const std::vector<RelPath>& paths) const {
  const auto index = require_msc(folder);
  if (!index) return;
  MscIndex left;
  for (const MscEntry& entry : index->entries) {
    const auto is_going = [&](const RelPath& path) { return path.bytes() == entry.path; };
    const auto path = kept_path(entry);
    if (path && std::none_of(paths.begin(), paths.end(), is_going))
      left.entries.push_back(msc_entry(*path, entry.revision));
  }
  if (left.entries.size() == index->entries.size()) return;
  write_side_file(folder, parts, ".msc", write_msc(left.entries), AtomicFile::NameSync::now);
  known_.reset();
}

std::vector<Finding> MscTreeRules::write(const Dir& folder, const Dir& parts, const Publication& publication,
                                         AtomicFile::NameSync sync) const {
  const std::string index = write_msc(merged_index(folder, publication).entries);
  write_side_file(folder, parts, ".mv", version_text(publication.snapshot), sync);
  write_side_file(folder, parts, ".mdl", write_mdl(mdl_id(repo_)), sync);
  await_next_tick();
  write_side_file(folder, parts, ".msc", index, sync);
  known_.reset();
  return {};
}

}  // namespace modelcache
