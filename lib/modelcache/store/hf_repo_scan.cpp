// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_repo_scan.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/format/ref_text.hpp"
#include "modelcache/format/tree_listing.hpp"
#include "modelcache/model/snapshot.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace modelcache {

namespace {

constexpr std::size_t arena_block = std::size_t{64} << 10;

}  // namespace

HfRepoScan::HfRepoScan(const HfScanContext& context, RepoLocation location, Detail detail)
    : context_(context), folder_(location.folder), detail_(detail), location_(std::move(location)) {
  const auto split = split_repo_folder(folder_);
  RepoInventory& repo = result_.repo;
  repo.type = split ? split->type : RepoType::model;
  repo.id = split ? split->id : folder_;
  repo.path = context_.root.path_of(folder_);
  if (const auto flaw = RepoId::flaw(repo.id))
    note(FindingCode::name_unsafe, Severity::warning, "", "the repo id has " + std::string(*flaw));
}

void HfRepoScan::note(FindingCode code, Severity severity, std::string_view path, std::string_view detail) {
  const RepoInventory& repo = result_.repo;
  result_.repo.findings.push_back({code, severity, std::string(to_string(repo.type)) + "/" + repo.id,
                                   join_path(folder_, path), std::string(detail)});
}

void HfRepoScan::note(FindingCode code, std::string_view path, std::string_view detail) {
  note(code, info(code).severity, path, detail);
}

// What could not be read, as what a user would call it.
void HfRepoScan::note_failure(std::string_view path, const Error& error) {
  switch (error.error_number()) {
    case ENOENT:
      return note(FindingCode::vanished, path, "it was gone when it was looked at");
    case EACCES:
    case EPERM:
      // What it names is in use as far as anybody can tell.
      if (path.starts_with("snapshots")) all_read_ = false;
      return note(FindingCode::permission_denied, path, "we may not read it");
    case ELOOP:
      return note(FindingCode::link_escapes, path,
                  "a symbolic link stands where a directory should be; it is not followed");
    case ENOTDIR:
      return note(FindingCode::stray_entry, Severity::error, path, "it should be a directory");
    default:
      if (error.cause() != Cause::refused) throw error;
      note(FindingCode::stray_entry, path, error.what());
  }
}

std::string_view HfRepoScan::keep(std::string_view text) {
  if (kept_names_.empty() || kept_names_.back().size() + text.size() > kept_names_.back().capacity()) {
    kept_names_.emplace_back();
    kept_names_.back().reserve(std::max(arena_block, text.size()));
  }
  std::string& block = kept_names_.back();
  const std::size_t at = block.size();
  block.append(text);
  return std::string_view(block).substr(at, text.size());
}

std::optional<Dir> HfRepoScan::open_part(const Dir& parent, std::string_view name) {
  try {
    return parent.find_dir(name);
  } catch (const Error& error) {
    note_failure(name, error);
    return {};
  }
}

std::optional<ScannedRepo> HfRepoScan::run() {
  std::optional<Dir> repo;
  try {
    repo = context_.root.find_dir(folder_);
    if (!repo) return {};
  } catch (const Error& error) {
    note_failure("", error);
    return std::move(result_);
  }
  open_listings(*repo);
  read_blobs(*repo);
  read_refs(*repo);
  read_snapshots(*repo);
  check_refs();
  finish(*repo);
  return std::move(result_);
}

void HfRepoScan::open_listings(const Dir& repo) {
  try {
    listings_ = repo.find_dir("trees");
  } catch (const Error& error) {
    note_listing_failure("trees", error);
  }
}

// As of all else that is read, a failing disk is no flaw of the repo.
void HfRepoScan::note_listing_failure(std::string_view path, const Error& error) {
  const bool is_denied = error.error_number() == EACCES || error.error_number() == EPERM;
  if (error.cause() != Cause::refused && !is_denied && !is_absent(error)) throw error;
  note(FindingCode::tree_unreadable, path, error.what());
}

void HfRepoScan::read_blobs(const Dir& repo) {
  const auto blobs = open_part(repo, "blobs");
  if (!blobs) return;
  try {
    blobs->for_each([&](const Dir::Item& item) { add_blob(*blobs, item.name, item.kind); });
  } catch (const Error& error) {
    note_failure("blobs", error);
  }
  std::sort(blobs_.begin(), blobs_.end(), [](const Blob& a, const Blob& b) { return a.name < b.name; });
}

void HfRepoScan::add_blob(const Dir& blobs, std::string_view name, FileKind kind) {
  if (!is_blob_name(name)) return note_odd_blob_entry(name);
  const auto status = blobs.find_status(name);
  if (!status)
    return note(FindingCode::vanished, join_path("blobs", name), "it was gone when it was looked at");
  Blob blob;
  blob.name = keep(name);
  blob.status = *status;
  blob.is_there = kind == FileKind::file;
  if (kind == FileKind::link) {
    const std::string text = blobs.find_link(name).value_or("");
    blob.is_payload = shared_payload_of(text).has_value();
    const auto payload = find_payload(join_path("blobs", name), text);
    if (payload) blob.status = *payload;
    blob.is_there = payload.has_value();
  } else if (kind != FileKind::file) {
    return note(FindingCode::stray_entry, join_path("blobs", name), "it is not a file");
  }
  blobs_.push_back(blob);
}

// What the link of a blob leads to; where that is nothing, it is told.
std::optional<Status> HfRepoScan::find_payload(const std::string& path, const std::string& text) {
  try {
    const auto payload = context_.shared != nullptr ? context_.shared->payload(text) : std::nullopt;
    if (!shared_payload_of(text))
      note(text.starts_with("/") ? FindingCode::link_absolute : FindingCode::link_escapes, path,
           "it leads to " + text + ", which is not the shared store; it is not followed");
    else if (!payload)
      note(FindingCode::link_broken, path, "its payload is not in the shared store");
    return payload;
  } catch (const Error& error) {
    note_failure(path, error);
    return {};
  }
}

// Whether the writer of this content holds one of the locks that clients take; nothing where they cannot be
// looked at.
std::optional<bool> HfRepoScan::is_running(const std::string& etag) const {
  try {
    return FileLock::is_held(context_.root, ".locks/" + folder_ + "/" + etag + ".lock") ||
           FileLock::is_held(context_.root, folder_ + "/blobs/" + etag + ".lock");
  } catch (const Error&) {
    return {};
  }
}

void HfRepoScan::add_partial(const std::string& path, const std::string& etag) {
  const auto running = is_running(etag);
  const auto status = context_.root.find_status(join_path(folder_, path));
  const std::uint64_t allocated = status ? status->allocated : 0;
  result_.repo.allocated += allocated;
  if (running == false) result_.repo.reclaimable += allocated;
  std::string_view detail = "a download that never finished, or is running: its lock cannot be looked at";
  if (running) detail = *running ? "a download that is running" : "a download that never finished";
  note(FindingCode::partial_download, path, detail);
}

void HfRepoScan::note_odd_blob_entry(std::string_view name) {
  const std::string path = "blobs/" + std::string(name);
  const BlobEntry entry = classify_blob_entry(name);
  switch (entry.kind) {
    case BlobEntryKind::partial:
      return add_partial(path, entry.etag);
    case BlobEntryKind::lock:
    case BlobEntryKind::probe:
      return;
    case BlobEntryKind::replaced:
      return note(FindingCode::stray_entry, path, "the former content of a blob, perhaps its only good copy");
    case BlobEntryKind::blob:
    case BlobEntryKind::staged:
    case BlobEntryKind::unknown:
      return note(FindingCode::stray_entry, path, "it is no content");
  }
}

void HfRepoScan::read_refs(const Dir& repo) {
  const auto refs = open_part(repo, "refs");
  if (!refs) return;
  std::vector<std::string> pending{""};
  while (!pending.empty()) {
    const std::string parent = std::move(pending.back());
    pending.pop_back();
    try {
      const auto below = parent.empty() ? std::nullopt : std::optional(refs->open_dir(parent));
      (below ? *below : *refs).for_each([&](const Dir::Item& item) {
        const std::string path = join_path(parent, item.name);
        if (item.kind == FileKind::directory)
          pending.push_back(path);
        else if (!is_system_file(item.name))
          read_ref(*refs, path, item.kind);
      });
    } catch (const Error& error) {
      note_failure(join_path("refs", parent), error);
    }
  }
}

void HfRepoScan::read_ref(const Dir& refs, const std::string& path, FileKind kind) {
  const std::string shown = "refs/" + path;
  if (kind != FileKind::file)
    return note(FindingCode::link_escapes, shown, "a ref must be a plain file; it is not followed");
  try {
    const auto content = refs.find_content(path, ref_text_limit);
    if (!content) return note(FindingCode::vanished, shown, "it was gone when it was looked at");
    const RefText ref = parse_ref_text(*content);
    if (classify_ref_entry(path) == RefEntryKind::temporary && ref.form != RefText::Form::exact)
      return note(FindingCode::ref_malformed, shown,
                  "the leftover of an interrupted write, which clients take for a ref");
    if (ref.form == RefText::Form::newline)
      note(FindingCode::ref_newline, shown, "clients take the newline for a part of the commit");
    result_.repo.refs.push_back(path);
    refs_by_folder_.emplace(ref.folder, path);
  } catch (const Error& error) {
    if (error.cause() == Cause::refused && error.error_number() == 0)
      return note(FindingCode::ref_malformed, shown, "it is longer than a ref can be");
    note_failure(shown, error);
  }
}

HfRepoScan::Blob* HfRepoScan::find_blob(std::string_view name) {
  const auto found =
      std::lower_bound(blobs_.begin(), blobs_.end(), name,
                       [](const Blob& blob, std::string_view wanted) { return blob.name < wanted; });
  return found != blobs_.end() && found->name == name ? &*found : nullptr;
}

void HfRepoScan::check_refs() {
  for (const auto& [folder, ref] : refs_by_folder_) {
    const auto found = std::lower_bound(result_.repo.revisions.begin(), result_.repo.revisions.end(), folder,
                                        [](const RevisionInventory& revision, const std::string& wanted) {
                                          return revision.commit < wanted;
                                        });
    if (found != result_.repo.revisions.end() && found->commit == folder) continue;
    if (is_commit_id(folder))
      note(FindingCode::ref_dangling, "refs/" + ref, "it names " + folder + ", which is not here");
    else
      note(FindingCode::ref_malformed, "refs/" + ref, "it does not hold a commit");
  }
}

void HfRepoScan::finish(const Dir& repo) {
  RepoInventory& result = result_.repo;
  std::sort(result.refs.begin(), result.refs.end());
  for (const Blob& blob : blobs_) {
    if (blob.used) {
      result.last_accessed = std::max<std::int64_t>(result.last_accessed, blob.status.accessed.tv_sec);
      result.last_modified = std::max<std::int64_t>(result.last_modified, blob.status.modified.tv_sec);
    }
    if (!blob.is_there) continue;
    const bool is_alone = blob.status.links == 1 && !blob.is_payload;
    if (is_alone || context_.seen.add(blob.status)) result.allocated += blob.status.allocated;
    // Apart from the above: an orphan elsewhere may be the same inode.
    if (blob.counted && (is_alone || context_.counted.add(blob.status))) result_.physical += blob.status.size;
    if (!all_read_) continue;
    if (!blob.kept && is_alone) result.reclaimable += blob.status.allocated;
    if (!blob.used)
      note(FindingCode::blob_orphan, "blobs/" + std::string(blob.name),
           "no revision names it: " + std::to_string(blob.status.size) + " bytes");
  }
  if (result.last_modified != 0) return;
  const Status own = repo.own_status();
  result.last_accessed = own.accessed.tv_sec;
  result.last_modified = own.modified.tv_sec;
}

}  // namespace modelcache
