// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/format/tree_listing.hpp"
#include "modelcache/store/hf_repo_scan.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <utility>

namespace modelcache {

namespace {

constexpr std::size_t depth_limit = 128;
constexpr std::size_t link_limit = 4096;

}  // namespace

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

void HfRepoScan::read_snapshots(const Dir& repo) {
  std::optional<Dir> snapshots;
  std::vector<std::string> names;
  try {
    snapshots = repo.find_dir("snapshots");
    if (!snapshots)
      return note(FindingCode::stray_entry, Severity::error, "",
                  "there is no snapshots/; clients hide this repo");
    names = snapshots->names();
  } catch (const Error& error) {
    return note_failure("snapshots", error);
  }
  for (const std::string& name : names) {
    if (is_system_file(name)) continue;
    read_revision(*snapshots, name);
  }
}

void HfRepoScan::read_revision(const Dir& snapshots, const std::string& name) {
  const std::string shown = "snapshots/" + name;
  Walk state;
  RevisionInventory& revision = state.revision;
  state.number = static_cast<std::uint32_t>(result_.repo.revisions.size()) + 1;
  revision.commit = name;
  revision.path = snapshots.path_of(name);
  const auto [first, last] = refs_by_folder_.equal_range(name);
  for (auto it = first; it != last; ++it) revision.refs.push_back(it->second);
  std::sort(revision.refs.begin(), revision.refs.end());
  state.is_named = !revision.refs.empty();
  state.wants_paths = may_have_listing(name);
  try {
    const auto top = snapshots.find_dir(name);
    if (!top) return note(FindingCode::vanished, shown, "it was gone when it was looked at");
    walk(state, *top);
    // The client's own time of a revision is that of its newest content.
    if (revision.size == 0) revision.last_modified = top->own_status().modified.tv_sec;
  } catch (const Error& error) {
    if (error.error_number() == ENOTDIR)
      return note(FindingCode::stray_entry, Severity::error, shown,
                  "it is not a revision; clients hide this repo for it");
    note_failure(shown, error);
  }
  if (state.wants_paths) check_listing(state);
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
    const std::string shown = "snapshots/" + join_path(state.revision.commit, state.parent);
    if (state.depth > depth_limit) {
      note(FindingCode::name_unsafe, shown,
           "it is deeper than 128 directories; what is below was not counted");
      lack(state, {"", {}, state.parent + " is deeper than 128 directories"});
      continue;
    }
    try {
      const auto below = state.parent.empty() ? std::nullopt : std::optional(top.open_dir(state.parent));
      const Dir& dir = below ? *below : top;
      dir.for_each([&](const Dir::Item& item) {
        if (item.kind == FileKind::link)
          add_link(state, dir, item.name);
        else if (item.kind == FileKind::directory)
          state.pending.push_back(join_path(state.parent, item.name));
        else
          add_plain_file(state, dir, item.name);
      });
    } catch (const Error& error) {
      note_failure(shown, error);
      lack(state, {"", {}, (state.parent.empty() ? "the revision" : state.parent) + " cannot be read"});
    }
  }
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
  const std::string path = join_path(state.parent, name);
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
  if (blob != nullptr && blob->is_there && link.reads_through()) return count_blob(state, *blob, name);
  // Named all the same: such a content is no orphan.
  if (blob != nullptr) blob->used = blob->kept = true;
  ++state.revision.files;
  lack(state, {path, Digest::from_blob_name(link.blob), "leads to nothing"});
  if (link.reads_through())
    note(FindingCode::link_broken, shown, "its content " + link.blob + " is not there");
}

void HfRepoScan::count_blob(Walk& state, Blob& blob, std::string_view name) {
  ++state.revision.files;
  if (state.wants_paths) state.paths.emplace_back(join_path(state.parent, name), blob.status.size);
  if (detail_ == Detail::files) {
    state.revision.list.push_back({join_path(state.parent, name), blob.status.size,
                                   context_.root.path_of(folder_ + "/blobs/" + std::string(blob.name)),
                                   Digest::from_blob_name(blob.name)});
  }
  if (!blob.counted) {
    ++result_.repo.files;
    result_.repo.size += blob.status.size;
  }
  blob.used = blob.counted = true;
  blob.kept = blob.kept || state.is_named;
  if (blob.counted_in == state.number) return;
  blob.counted_in = state.number;
  state.revision.size += blob.status.size;
  state.revision.last_modified =
      std::max<std::int64_t>(state.revision.last_modified, blob.status.modified.tv_sec);
}

void HfRepoScan::add_plain_file(Walk& state, const Dir& dir, std::string_view name) {
  const std::string path = join_path(state.parent, name);
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
  if (detail_ == Detail::files) state.revision.list.push_back({path, status->size, dir.path_of(name), {}});
  result_.repo.last_accessed = std::max<std::int64_t>(result_.repo.last_accessed, status->accessed.tv_sec);
  result_.repo.last_modified = std::max<std::int64_t>(result_.repo.last_modified, status->modified.tv_sec);
  const bool is_alone = status->links == 1;
  // The same inode may be a blob: then that blob is in use.
  if (!is_alone)
    for (Blob& blob : blobs_)
      if (blob.status.inode == status->inode && blob.status.device == status->device)
        blob.used = blob.kept = true;
  if (is_alone || context_.seen.add(*status)) result_.repo.allocated += status->allocated;
  if (is_alone || context_.counted.add(*status)) result_.physical += status->size;
  if (is_alone && !state.is_named) result_.repo.reclaimable += status->allocated;
}

bool HfRepoScan::may_have_listing(const std::string& commit) const {
  const std::string name = commit + ".json";
  if (!listings_ || path_flaw(name)) return false;
  try {
    return listings_->find_status(name).has_value();
  } catch (const Error&) {
    return true;  // reading it says why not
  }
}

void HfRepoScan::check_listing(Walk& state) {
  const std::string name = state.revision.commit + ".json";
  const std::string path = "trees/" + name;
  std::optional<std::string> text;
  try {
    text = listings_->find_content(name, tree_listing_limit);
  } catch (const Error& error) {
    return note_listing_failure(path, error);
  }
  if (!text) return;
  const ParsedTreeListing parsed = parse_tree_listing(*text);
  if (!parsed.listing) return note(FindingCode::tree_unreadable, path, parsed.reason);
  std::sort(state.paths.begin(), state.paths.end());
  // Broken links were told already.
  std::set<std::string> told;
  for (const LackingFile& file : state.revision.lacking) told.insert(file.path);
  std::size_t missing = 0;
  std::string first;
  for (const ListedFile& file : parsed.listing->files) {
    const auto found = std::lower_bound(state.paths.begin(), state.paths.end(),
                                        std::pair{file.path.bytes(), std::uint64_t{0}});
    if (found == state.paths.end() || found->first != file.path.bytes()) {
      if (missing++ == 0) first = file.path.bytes();
      if (!told.contains(file.path.bytes())) lack(state, {file.path.bytes(), file.content(), "is not here"});
    } else if (found->second != file.content_size()) {
      const std::string reason = "has " + std::to_string(found->second) + " bytes, its listing says " +
                                 std::to_string(file.content_size());
      note(FindingCode::blob_size, "snapshots/" + state.revision.commit + "/" + file.path.bytes(),
           "it " + reason);
      lack(state, {file.path.bytes(), file.content(), reason});
    }
  }
  name_plain_files(*parsed.listing, state);
  state.revision.complete = missing == 0;
  if (missing > 0)
    note(FindingCode::revision_incomplete, "snapshots/" + state.revision.commit,
         std::to_string(missing) + " of " + std::to_string(parsed.listing->files.size()) +
             " files are not here, the first is " + first);
}

// Clients without links leave files whose names say nothing; what such a file should be, the listing says.
void HfRepoScan::name_plain_files(const TreeListing& listing, Walk& state) {
  for (FileInventory& file : state.revision.list) {
    if (file.digest) continue;
    const ListedFile* listed = listing.find(file.path);
    if (listed != nullptr && listed->content_size() == file.size) file.digest = listed->content();
  }
}

void HfRepoScan::lack(Walk& state, LackingFile file) const {
  if (detail_ == Detail::files) state.revision.lacking.push_back(std::move(file));
}

}  // namespace modelcache
