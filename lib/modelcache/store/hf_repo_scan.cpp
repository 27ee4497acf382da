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
#include <mutex>
#include <set>
#include <utility>

namespace modelcache {

namespace {

constexpr std::size_t arena_block = std::size_t{64} << 10;
constexpr std::size_t depth_limit = 128;
constexpr std::size_t link_limit = 4096;

bool is_system_file(std::string_view name) {
  return name == ".DS_Store" || name == "Thumbs.db" || name == "desktop.ini";
}

std::string join(std::string_view parent, std::string_view name) {
  return parent.empty() ? std::string(name) : std::string(parent) + "/" + std::string(name);
}

}  // namespace

struct SeenInodes::State {
  std::mutex mutex;
  std::set<std::pair<std::uint64_t, std::uint64_t>> inodes;
};

SeenInodes::SeenInodes() : state_(std::make_unique<State>()) {}
SeenInodes::~SeenInodes() = default;

bool SeenInodes::add(const Status& status) {
  const std::scoped_lock lock(state_->mutex);
  return state_->inodes.emplace(status.device, status.inode).second;
}

// One revision while it is read.
struct HfRepoScan::Walk {
  RevisionInventory revision;
  std::uint32_t number = 0;  // from 1
  bool is_named = false;     // by a ref
  std::string parent;        // directory inside the revision
  std::size_t depth = 0;
  std::string link_prefix;  // of a link there: "../../blobs/"
  // Path and size of all entries that are there, when a listing will ask.
  std::vector<std::pair<std::string, std::uint64_t>> paths;
  bool wants_paths = false;
  std::vector<std::string> pending;
};

HfRepoScan::HfRepoScan(const HfScanContext& context, std::string folder, Detail detail)
    : context_(context), folder_(std::move(folder)), detail_(detail) {
  const auto split = split_repo_folder(folder_);
  RepoInventory& repo = result_.repo;
  repo.type = split ? split->type : RepoType::model;
  repo.id = split ? split->id : folder_;
  repo.path = context_.root.path_of(folder_);
  location_ = {folder_, {repo.path}};
  if (const auto flaw = RepoId::flaw(repo.id))
    note(FindingCode::name_unsafe, Severity::warning, "", "the repo id has " + std::string(*flaw));
}

void HfRepoScan::note(FindingCode code, Severity severity, std::string_view path, std::string_view detail) {
  const RepoInventory& repo = result_.repo;
  result_.repo.findings.push_back({code, severity, std::string(to_string(repo.type)) + "/" + repo.id,
                                   join(folder_, path), std::string(detail)});
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
  read_blobs(*repo);
  read_refs(*repo);
  read_snapshots(*repo);
  check_refs();
  finish(*repo);
  return std::move(result_);
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
  if (!status) return note(FindingCode::vanished, join("blobs", name), "it was gone when it was looked at");
  Blob blob;
  blob.name = keep(name);
  blob.status = *status;
  blob.is_there = kind == FileKind::file;
  if (kind == FileKind::link) {
    const std::string path = join("blobs", name);
    const std::string text = blobs.find_link(name).value_or("");
    const auto payload = context_.shared != nullptr ? context_.shared->payload(text) : std::nullopt;
    blob.is_payload = shared_payload_of(text).has_value();
    if (payload) blob.status = *payload;
    blob.is_there = payload.has_value();
    if (!blob.is_payload)
      note(text.starts_with("/") ? FindingCode::link_absolute : FindingCode::link_escapes, path,
           "it leads to " + text + ", which is not the shared store; it is not followed");
    else if (!payload)
      note(FindingCode::link_broken, path, "its payload is not in the shared store");
  } else if (kind != FileKind::file) {
    return note(FindingCode::stray_entry, join("blobs", name), "it is not a file");
  }
  blobs_.push_back(blob);
}

void HfRepoScan::note_odd_blob_entry(std::string_view name) {
  const std::string path = "blobs/" + std::string(name);
  const BlobEntry entry = classify_blob_entry(name);
  switch (entry.kind) {
    case BlobEntryKind::partial: {
      const bool is_live =
          FileLock::is_held(context_.root, ".locks/" + folder_ + "/" + entry.etag + ".lock") ||
          FileLock::is_held(context_.root, folder_ + "/blobs/" + entry.etag + ".lock");
      const auto status = context_.root.find_status(folder_ + "/" + path);
      const std::uint64_t allocated = status ? status->allocated : 0;
      if (!is_live) result_.repo.reclaimable += allocated;
      result_.repo.allocated += allocated;
      return note(FindingCode::partial_download, path,
                  is_live ? "a download that is running" : "a download that never finished");
    }
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
      const Dir dir = parent.empty() ? refs->duplicate() : refs->open_dir(parent);
      dir.for_each([&](const Dir::Item& item) {
        const std::string path = join(parent, item.name);
        if (item.kind == FileKind::directory)
          pending.push_back(path);
        else if (!is_system_file(item.name))
          read_ref(*refs, path, item.kind);
      });
    } catch (const Error& error) {
      note_failure(join("refs", parent), error);
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

void HfRepoScan::read_snapshots(const Dir& repo) {
  const auto snapshots = open_part(repo, "snapshots");
  if (!snapshots) {
    if (!repo.find_status("snapshots"))
      note(FindingCode::stray_entry, Severity::error, "", "there is no snapshots/; clients hide this repo");
    return;
  }
  std::vector<std::string> names;
  try {
    names = snapshots->names();
  } catch (const Error& error) {
    return note_failure("snapshots", error);
  }
  for (const std::string& name : names) {
    if (is_system_file(name)) continue;
    read_revision(repo, *snapshots, name);
  }
}

void HfRepoScan::read_revision(const Dir& repo, const Dir& snapshots, const std::string& name) {
  const std::string shown = "snapshots/" + name;
  const auto status = snapshots.find_status(name);
  if (!status) return note(FindingCode::vanished, shown, "it was gone when it was looked at");
  if (status->kind != FileKind::directory && status->kind != FileKind::link)
    return note(FindingCode::stray_entry, Severity::error, shown,
                "it is not a revision; clients hide this repo for it");
  Walk state;
  RevisionInventory& revision = state.revision;
  state.number = static_cast<std::uint32_t>(result_.repo.revisions.size()) + 1;
  revision.commit = name;
  revision.path = snapshots.path_of(name);
  revision.last_modified = status->modified.tv_sec;
  const auto [first, last] = refs_by_folder_.equal_range(name);
  for (auto it = first; it != last; ++it) revision.refs.push_back(it->second);
  std::sort(revision.refs.begin(), revision.refs.end());
  state.is_named = !revision.refs.empty();
  state.wants_paths = repo.find_status("trees/" + name + ".json").has_value();
  try {
    if (const auto top = snapshots.find_dir(name)) walk(state, *top);
  } catch (const Error& error) {
    note_failure(shown, error);
  }
  if (state.wants_paths) check_listing(repo, state);
  if (!state.is_named) note(FindingCode::revision_detached, shown, "no ref names it");
  std::sort(revision.list.begin(), revision.list.end(),
            [](const FileInventory& a, const FileInventory& b) { return a.path < b.path; });
  result_.repo.revisions.push_back(std::move(revision));
}

void HfRepoScan::walk(Walk& state, const Dir& top) {
  state.pending.emplace_back();
  while (!state.pending.empty()) {
    state.parent = std::move(state.pending.back());
    state.pending.pop_back();
    state.depth =
        state.parent.empty()
            ? 0
            : static_cast<std::size_t>(std::count(state.parent.begin(), state.parent.end(), '/')) + 1;
    state.link_prefix = snapshot_link_text(state.depth, "");
    const std::string shown = "snapshots/" + join(state.revision.commit, state.parent);
    if (state.depth > depth_limit) {
      note(FindingCode::name_unsafe, shown,
           "it is deeper than 128 directories; what is below was not counted");
      continue;
    }
    try {
      const Dir dir = state.parent.empty() ? top.duplicate() : top.open_dir(state.parent);
      dir.for_each([&](const Dir::Item& item) {
        if (item.kind == FileKind::link)
          add_link(state, dir, item.name);
        else if (item.kind == FileKind::directory)
          state.pending.push_back(join(state.parent, item.name));
        else
          add_plain_file(state, dir, item.name);
      });
    } catch (const Error& error) {
      note_failure(shown, error);
    }
  }
}

HfRepoScan::Blob* HfRepoScan::find_blob(std::string_view name) {
  const auto found =
      std::lower_bound(blobs_.begin(), blobs_.end(), name,
                       [](const Blob& blob, std::string_view wanted) { return blob.name < wanted; });
  return found != blobs_.end() && found->name == name ? &*found : nullptr;
}

void HfRepoScan::count_blob(Walk& state, Blob& blob, std::string_view name) {
  ++state.revision.files;
  if (state.wants_paths) state.paths.emplace_back(join(state.parent, name), blob.status.size);
  if (detail_ == Detail::files) {
    const auto digest = Digest::from_blob_name(blob.name);
    state.revision.list.push_back({join(state.parent, name), blob.status.size,
                                   context_.root.path_of(folder_ + "/blobs/" + std::string(blob.name)),
                                   digest ? digest->text() : ""});
  }
  if (!blob.used) {
    ++result_.repo.files;
    result_.repo.size += blob.status.size;
  }
  blob.used = true;
  blob.kept = blob.kept || state.is_named;
  if (blob.counted_in == state.number) return;
  // The client's own time of a revision: of its newest content.
  if (state.revision.size == 0 && state.revision.files == 1) state.revision.last_modified = 0;
  blob.counted_in = state.number;
  state.revision.size += blob.status.size;
  state.revision.last_modified =
      std::max<std::int64_t>(state.revision.last_modified, blob.status.modified.tv_sec);
}

// What nearly every link says, judged without building anything: this is where a scan spends its time.
HfRepoScan::Blob* HfRepoScan::find_plain_target(const Walk& state, std::string_view text) {
  if (!text.starts_with(state.link_prefix)) return nullptr;
  Blob* blob = find_blob(text.substr(state.link_prefix.size()));
  return blob != nullptr && blob->is_there ? blob : nullptr;
}

void HfRepoScan::add_link(Walk& state, const Dir& dir, std::string_view name) {
  std::array<char, link_limit> buffer;
  const auto text = dir.find_link(name, buffer);
  if (text)
    if (Blob* blob = find_plain_target(state, *text)) return count_blob(state, *blob, name);
  add_odd_link(state, name, text);
}

void HfRepoScan::add_odd_link(Walk& state, std::string_view name, std::optional<std::string_view> found) {
  const std::string path = join(state.parent, name);
  const std::string shown = "snapshots/" + state.revision.commit + "/" + path;
  if (!found) return note(FindingCode::vanished, shown, "it was gone when it was looked at");
  const std::string text(*found);
  const SnapshotLink link = classify_snapshot_link(text, state.depth, location_);
  Blob* blob = link.blob.empty() ? nullptr : find_blob(link.blob);
  switch (link.form) {
    case SnapshotLinkForm::blob:
      break;
    case SnapshotLinkForm::absolute:
      note(FindingCode::link_absolute, shown, "it leads to " + text);
      break;
    case SnapshotLinkForm::working_dir:
      note(FindingCode::link_broken, shown, "it is relative to where its client ran: " + text);
      break;
    case SnapshotLinkForm::escapes:
      note(FindingCode::link_escapes, shown, "it leads to " + text + "; it is not followed");
      break;
    case SnapshotLinkForm::malformed:
      if (blob == nullptr)
        note(FindingCode::link_broken, shown, "it leads to " + text + ", which is no content of this repo");
      break;
  }
  const bool reads_through = link.form == SnapshotLinkForm::blob || link.form == SnapshotLinkForm::absolute ||
                             link.form == SnapshotLinkForm::malformed;
  if (blob != nullptr && blob->is_there && reads_through) return count_blob(state, *blob, name);
  // Named all the same: such a content is no orphan.
  if (blob != nullptr) blob->used = blob->kept = true;
  ++state.revision.files;
  lack(state, path + " leads to nothing");
  if (reads_through && !link.blob.empty())
    note(FindingCode::link_broken, shown, "its content " + link.blob + " is not there");
}

void HfRepoScan::add_plain_file(Walk& state, const Dir& dir, std::string_view name) {
  const std::string path = join(state.parent, name);
  const auto status = dir.find_status(name);
  if (!status)
    return note(FindingCode::vanished, "snapshots/" + state.revision.commit + "/" + path,
                "it was gone when it was looked at");
  ++state.revision.files;
  ++result_.repo.files;
  result_.repo.size += status->size;
  state.revision.size += status->size;
  state.revision.last_modified =
      std::max<std::int64_t>(state.revision.last_modified, status->modified.tv_sec);
  if (state.wants_paths) state.paths.emplace_back(path, status->size);
  if (detail_ == Detail::files) state.revision.list.push_back({path, status->size, dir.path_of(name), ""});
  result_.repo.last_accessed = std::max<std::int64_t>(result_.repo.last_accessed, status->accessed.tv_sec);
  result_.repo.last_modified = std::max<std::int64_t>(result_.repo.last_modified, status->modified.tv_sec);
  if (status->links > 1) {
    // The same inode may be a blob: then that blob is in use.
    for (Blob& blob : blobs_)
      if (blob.status.inode == status->inode && blob.status.device == status->device)
        blob.used = blob.kept = true;
    if (!context_.seen.add(*status)) return;
  }
  result_.repo.allocated += status->allocated;
  result_.physical += status->size;
  result_.physical_allocated += status->allocated;
  if (!state.is_named && status->links == 1) result_.repo.reclaimable += status->allocated;
}

void HfRepoScan::check_listing(const Dir& repo, Walk& state) {
  const std::string path = "trees/" + state.revision.commit + ".json";
  std::optional<std::string> text;
  try {
    text = repo.find_content(path, tree_listing_limit);
  } catch (const Error& error) {
    return note(FindingCode::tree_unreadable, path, error.what());
  }
  if (!text) return;
  const ParsedTreeListing parsed = parse_tree_listing(*text);
  if (!parsed.listing) return note(FindingCode::tree_unreadable, path, parsed.reason);
  std::sort(state.paths.begin(), state.paths.end());
  std::size_t missing = 0;
  std::string first;
  for (const ListedFile& file : parsed.listing->files) {
    const auto found = std::lower_bound(state.paths.begin(), state.paths.end(),
                                        std::pair{file.path.bytes(), std::uint64_t{0}});
    if (found == state.paths.end() || found->first != file.path.bytes()) {
      if (missing++ == 0) first = file.path.bytes();
      lack(state, file.path.bytes() + " is not here");
    } else if (found->second != file.content_size()) {
      const std::string detail = "it has " + std::to_string(found->second) + " bytes, its listing says " +
                                 std::to_string(file.content_size());
      note(FindingCode::blob_size, "snapshots/" + state.revision.commit + "/" + file.path.bytes(), detail);
      lack(state, file.path.bytes() + ": " + detail);
    }
  }
  state.revision.complete = missing == 0;
  if (missing > 0)
    note(FindingCode::revision_incomplete, "snapshots/" + state.revision.commit,
         std::to_string(missing) + " of " + std::to_string(parsed.listing->files.size()) +
             " files are not here, the first is " + first);
}

void HfRepoScan::lack(Walk& state, std::string line) const {
  if (detail_ == Detail::files) state.revision.lacking.push_back(std::move(line));
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
    const bool is_first = (blob.status.links == 1 && !blob.is_payload) || context_.seen.add(blob.status);
    if (is_first) result.allocated += blob.status.allocated;
    if (is_first && blob.used) {
      result_.physical += blob.status.size;
      result_.physical_allocated += blob.status.allocated;
    }
    if (!blob.kept && blob.status.links == 1 && !blob.is_payload) result.reclaimable += blob.status.allocated;
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
