// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/plain_dir_notes.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/format/manifest.hpp"
#include "modelcache/store/snapshot_listing.hpp"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <utility>

namespace modelcache {

namespace {

timespec now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

DirectoryRecord record_of(const Snapshot& snapshot) {
  DirectoryRecord record{snapshot.repo, snapshot.commit, snapshot.refs, {}, {}};
  std::sort(record.refs.begin(), record.refs.end());
  if (!snapshot.commit_object.empty()) record.commit_object = snapshot.commit_object;
  for (const Entry& entry : snapshot.entries)
    if (entry.mode != FileMode::regular) record.modes.emplace(entry.path, entry.mode);
  // They only spare clients a request, so what JSON cannot hold may go.
  std::copy_if(snapshot.known_absent.begin(), snapshot.known_absent.end(),
               std::back_inserter(record.known_absent), [](const RelPath& path) { return is_utf8(path); });
  return record;
}

std::string metadata_path(const RelPath& path) {
  return path.bytes() + ".metadata";
}

}  // namespace

PlainDirNotes::PlainDirNotes(const Dir& directory, const Publication& publication,
                             const std::vector<FoundFile>& found, Metadata metadata)
    : directory_(directory),
      bookkeeping_(directory),
      publication_(publication),
      found_(found),
      metadata_(metadata),
      known_(bookkeeping_.record()) {}

void PlainDirNotes::require_notable(const Publication& publication) {
  static_cast<void>(write_directory_record(record_of(publication.snapshot)));
}

DirectoryRecord PlainDirNotes::record(const std::optional<std::string>& checksums) const {
  DirectoryRecord record = record_of(publication_.snapshot);
  if (checksums)
    record.sha256sums = hash_bytes(HashKind::sha256, *checksums);
  else if (known_.record && known_.record->commit == record.commit)
    record.sha256sums = known_.record->sha256sums;
  return record;
}

std::string PlainDirNotes::checksums(const std::atomic<bool>* cancelled) const {
  Manifest manifest;
  for (std::size_t i = 0; i < publication_.present.size(); ++i) {
    const Entry& entry = publication_.snapshot.entries[i];
    if (!publication_.present[i]) continue;
    ManifestEntry& line = manifest[entry.path];
    line.sha256 = entry.content;
    if (entry.content->kind() == HashKind::sha256) continue;
    TransferRequest request;
    request.size = entry.size;
    request.source_path = entry.path;
    request.cancelled = cancelled;
    line.sha256 = hash_file(directory_.open_file(entry.path), HashKind::sha256, request);
  }
  return write_sha256sums(manifest);
}

bool PlainDirNotes::has_checksums(const std::string& text) const {
  return or_nothing([&] { return directory_.find_content(checksums_name, text.size()); }) == text;
}

bool PlainDirNotes::has_foreign_checksums(const std::string& wanted) const {
  if (!directory_.find_status(checksums_name) || has_checksums(wanted)) return false;
  const auto text = or_nothing([&] { return directory_.find_content(checksums_name, manifest_limit); });
  const bool is_ours =
      text && known_.record && known_.record->sha256sums == hash_bytes(HashKind::sha256, *text);
  return !is_ours;
}

bool PlainDirNotes::is_noted(std::size_t place, const FoundFile& file) const {
  if (path_flaw(metadata_path(file.path))) return true;  // it can have no note
  const auto metadata = bookkeeping_.metadata(file.path);
  return metadata && metadata->commit == publication_.snapshot.commit &&
         metadata->content() == publication_.snapshot.entries[place].content &&
         metadata->is_as_late_as(file.status.modified);
}

bool PlainDirNotes::has_listing() const {
  const auto wanted = listing_of(publication_.snapshot);
  if (!wanted) return true;
  const auto known = bookkeeping_.listing(publication_.snapshot.commit).listing;
  return known && agree(*known, *wanted);
}

bool PlainDirNotes::is_done(const std::optional<std::string>& checksums) const {
  if (checksums && !has_checksums(*checksums)) return false;
  if (metadata_ == Metadata::left_out) return true;
  if (!bookkeeping_.has_marks() || known_.record != record(checksums) || !has_listing()) return false;
  for (std::size_t i = 0; i < publication_.present.size(); ++i) {
    if (!publication_.present[i]) continue;
    const FoundFile* file = find_file(found_, publication_.snapshot.entries[i].path);
    if (file == nullptr || !is_noted(i, *file)) return false;
  }
  return true;
}

void PlainDirNotes::write(const Dir& staging, const std::optional<std::string>& checksums,
                          AtomicFile::NameSync sync) const {
  constexpr auto later = AtomicFile::NameSync::all_by_caller;
  const Snapshot& snapshot = publication_.snapshot;
  if (checksums && !has_checksums(*checksums)) {
    AtomicFile file(staging, directory_, checksums_name);
    file.write(*checksums);
    file.publish(AtomicFile::IfExists::replace, later);
  }
  if (metadata_ == Metadata::written) {
    bookkeeping_.write_marks(staging, later);
    const double written = seconds(now());
    for (std::size_t i = 0; i < publication_.present.size(); ++i) {
      const FoundFile* file = publication_.present[i] ? find_file(found_, snapshot.entries[i].path) : nullptr;
      if (file == nullptr || is_noted(i, *file)) continue;
      // Never before the file's own time, which may be of a clock that was ahead.
      const double time = std::max(written, seconds(file->status.modified));
      bookkeeping_.write_metadata(staging, file->path,
                                  {snapshot.commit, snapshot.entries[i].content->hex(), time}, later);
    }
    if (!has_listing()) bookkeeping_.write_listing(staging, snapshot.commit, *listing_of(snapshot), later);
  }
  if (sync != later) directory_.sync_file_system();
  if (metadata_ == Metadata::written && known_.record != record(checksums))
    bookkeeping_.write_record(staging, record(checksums), sync);
}

}  // namespace modelcache
