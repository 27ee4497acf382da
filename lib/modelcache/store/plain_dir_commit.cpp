// SPDX-License-Identifier: Apache-2.0
// What is found in a plain directory, and which commit that is.
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/format/msc_names.hpp"
#include "modelcache/store/plain_dir_state.hpp"
#include "modelcache/store/snapshot_listing.hpp"

#include <sys/vfs.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace modelcache {

namespace {

constexpr std::uint32_t owner_may_execute = 0100;

// statfs(2), linux/magic.h: FAT, exFAT, NTFS twice, SMB twice show each file the same mode. FUSE may.
enum class Modes { kept, not_kept, unknown };
Modes modes_of(const Dir& dir) {
  constexpr unsigned long fuse = 0x65735546;
  static constexpr unsigned long without[] = {0x4D44,     0x2011BAB0, 0x5346544E,
                                              0x7366746E, 0xFF534D42, 0xFE534D42};
  struct statfs buffer {};
  if (::fstatfs(dir.fd(), &buffer) != 0) return Modes::kept;
  const auto type = static_cast<unsigned long>(buffer.f_type);
  if (type == fuse) return Modes::unknown;
  const bool is_without = std::find(std::begin(without), std::end(without), type) != std::end(without);
  return is_without ? Modes::not_kept : Modes::kept;
}

std::string flaw_of(FileKind kind) {
  if (kind == FileKind::link) return "it is a symbolic link, and only regular files are taken";
  return kind == FileKind::file ? "" : "it is not a regular file";
}

}  // namespace

const Snapshot& PlainDirSource::State::found() {
  std::call_once(once_, [this] { read(); });
  return *found_;
}

void PlainDirSource::State::read() {
  walk();
  shows_modes_ = shows_modes();
  commit_ = options.commit ? *options.commit : noted_commit();
  Snapshot snapshot{repo(), commit_, refs_, {}, false, {}};
  const std::string repo_text = snapshot.repo.text();
  if (!record_.reason.empty())
    snapshot.findings.push_back(make_finding(FindingCode::index_unreadable, repo_text,
                                             std::string(LocalBookkeeping::path) + "/modelcache.json",
                                             "it is ignored: " + record_.reason));
  if (!commit_.empty()) {
    ParsedTreeListing parsed = bookkeeping.listing(commit_);
    if (!parsed.reason.empty())
      snapshot.findings.push_back(
          make_finding(FindingCode::tree_unreadable, repo_text,
                       std::string(LocalBookkeeping::path) + "/trees/" + commit_ + ".json", parsed.reason));
    listing_ = std::move(parsed.listing);
  }
  for (const auto& [path, file] : files) snapshot.entries.push_back(entry_of(path, file));
  if (unnamed(snapshot).empty())
    decide(snapshot);
  else if (!options.commit)
    snapshot.commit.clear();
  found_ = std::move(snapshot);
}

// The checksums that we wrote, and the manifest that was given, are about the files and none of them.
bool PlainDirSource::State::is_beside(const FoundFile& file) const {
  if (manifest_status_ && manifest_status_->inode == file.status.inode &&
      manifest_status_->device == file.status.device)
    return true;
  if (!record_.record || !record_.record->sha256sums || file.path.bytes() != "SHA256SUMS") return false;
  const auto text = or_nothing([&] { return dir.find_content(file.path, manifest_limit); });
  return text && hash_bytes(HashKind::sha256, *text) == *record_.record->sha256sums;
}

void PlainDirSource::State::walk() {
  for (FoundFile& found : walk_files(dir)) {
    // What the clients of AI Studio and ModelScope note of a local_dir is no part of it.
    if (is_client_file(found.path) || is_beside(found)) continue;
    File file{found.status, bookkeeping.metadata(found.path), flaw_of(found.status.kind)};
    files.emplace(std::move(found.path), std::move(file));
  }
}

// What most files were downloaded from; where they are even, what we noted ourselves.
std::string PlainDirSource::State::noted_commit() const {
  std::map<std::string, std::size_t> votes;
  for (const auto& [path, file] : files)
    if (file.metadata && is_commit_id(file.metadata->commit)) ++votes[file.metadata->commit];
  std::string ours = record_.record ? record_.record->commit : "";
  if (votes.empty()) return ours;
  return std::max_element(votes.begin(), votes.end(),
                          [&](const auto& a, const auto& b) {
                            return std::pair(a.second, a.first == ours) <
                                   std::pair(b.second, b.first == ours);
                          })
      ->first;
}

bool PlainDirSource::State::is_trusted(const RelPath& path, const File& file) const {
  if (!file.metadata || !file.metadata->content()) return false;
  if (!file.metadata->is_as_late_as(file.status.modified)) return false;
  const ListedFile* listed = listing_ ? listing_->find(path) : nullptr;
  return listed == nullptr || listed->content() != *file.metadata->content() ||
         listed->content_size() == file.status.size;
}

Entry PlainDirSource::State::entry_of(const RelPath& path, const File& file) const {
  Entry entry{path, file.status.size, {}, {}, {}, mode_of(path, file)};
  if (!file.flaw.empty()) {
    const ListedFile* listed = listing_ ? listing_->find(path) : nullptr;
    return listed == nullptr ? entry : listed_entry(*listed);
  }
  if (is_trusted(path, file)) entry.content = file.metadata->content();
  if (entry.content && entry.content->kind() == HashKind::git_sha1) entry.git_oid = entry.content;
  return entry;
}

FileMode PlainDirSource::State::mode_of(const RelPath& path, const File& file) const {
  const auto& record = record_.record;
  const auto noted = record ? record->modes.find(path) : std::map<RelPath, FileMode>::const_iterator();
  if (record && noted != record->modes.end()) return noted->second;
  const bool shows = shows_modes_ && (file.status.mode & owner_may_execute) != 0;
  return shows && file.status.kind == FileKind::file ? FileMode::executable : FileMode::regular;
}

bool PlainDirSource::State::shows_modes() const {
  const Modes modes = modes_of(dir);
  if (modes != Modes::unknown) return modes == Modes::kept;
  return std::any_of(files.begin(), files.end(),
                     [](const auto& one) { return (one.second.status.mode & owner_may_execute) == 0; });
}

// Whether the entry is what the commit has there; what cannot be had says nothing against it.
bool PlainDirSource::State::agrees(const Entry& entry) const {
  if (listing_) {
    const ListedFile* listed = listing_->find(entry.path);
    return listed != nullptr && (!entry.content || listed->content() == *entry.content);
  }
  const auto file = files.find(entry.path);
  if (file == files.end() || !file->second.metadata) return false;
  const LocalMetadata& metadata = *file->second.metadata;
  return metadata.commit == commit_ && (!entry.content || metadata.content() == entry.content);
}

void PlainDirSource::State::decide(Snapshot& snapshot) const {
  note_changes(snapshot);
  const bool is_noted = !commit_.empty() && std::all_of(snapshot.entries.begin(), snapshot.entries.end(),
                                                        [this](const Entry& entry) { return agrees(entry); });
  if (is_noted) return keep_commit(snapshot);
  if (options.commit) return;  // taken at the user's word, but not for a listing
  make_commit(snapshot);
}

void PlainDirSource::State::keep_commit(Snapshot& snapshot) const {
  snapshot.commit = commit_;
  merge_listing(listing_, snapshot);
  const DirectoryRecord* ours =
      record_.record && record_.record->commit == commit_ ? &*record_.record : nullptr;
  if (ours != nullptr && ours->commit_object) snapshot.commit_object = *ours->commit_object;
  if (ours != nullptr) snapshot.known_absent = ours->known_absent;
  // As noted, not as shown: the tree may have come over file systems that keep no modes.
  for (Entry& entry : snapshot.entries) {
    entry.mode = FileMode::regular;
    entry.is_only_listed = !files.contains(entry.path);
    if (ours == nullptr) continue;
    if (const auto noted = ours->modes.find(entry.path); noted != ours->modes.end())
      entry.mode = noted->second;
  }
}

void PlainDirSource::State::make_commit(Snapshot& snapshot) const {
  snapshot.lists_all = true;
  for (Entry& entry : snapshot.entries) {
    snapshot.lists_all = snapshot.lists_all && entry.content.has_value();
    if (!entry.content || entry.git_oid) continue;
    entry.git_oid = entry.content->kind() == HashKind::sha256 ? pointer_git_oid(*entry.content, entry.size)
                                                              : *entry.content;
  }
  snapshot.commit = local_commit(snapshot.entries);
  snapshot.findings.push_back(make_finding(
      FindingCode::revision_local, snapshot.repo.text(), "",
      commit_.empty() ? "no commit is noted for these files; the id of their git tree stands for it"
                      : "these files are not commit " + terminal_safe(commit_) +
                            " any more; the id of their git tree stands for theirs"));
}

void PlainDirSource::State::note_changes(Snapshot& snapshot) const {
  for (const Entry& entry : snapshot.entries) {
    const auto file = files.find(entry.path);
    if (file == files.end() || !file->second.metadata || !file->second.flaw.empty()) continue;
    const auto noted = file->second.metadata->content();
    if (noted && entry.content && *noted != *entry.content)
      snapshot.findings.push_back(make_finding(FindingCode::index_revision, snapshot.repo.text(), entry.path,
                                               "it was changed since it was noted as " + noted->text()));
  }
}

}  // namespace modelcache
