// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_snapshot_writer.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/format/commit_modes.hpp"
#include "modelcache/format/ref_text.hpp"
#include "modelcache/format/tree_listing.hpp"
#include "modelcache/store/hf_absence.hpp"
#include "modelcache/store/snapshot_listing.hpp"

#include <cerrno>
#include <set>
#include <utility>

namespace modelcache {

namespace {

constexpr std::string_view staging_path = ".modelcache/tmp/";
constexpr std::size_t listing_limit = std::size_t{64} << 20;

std::string snapshot_path(const Publication& publication) {
  return "snapshots/" + publication.snapshot.commit;
}

std::string listing_path(const std::string& commit) {
  return "trees/" + commit + ".json";
}

// unreadable: the Python client leaves its listings with mode 0600, so those of others cannot be judged.
enum class ListingState { absent_or_other, agrees, unreadable };

ListingState listing_state(const Dir& repo, const std::string& commit, const TreeListing& wanted) {
  try {
    const auto text = repo.find_content(listing_path(commit), listing_limit);
    if (!text) return ListingState::absent_or_other;
    const auto parsed = parse_tree_listing(*text);
    return parsed.listing && agree(*parsed.listing, wanted) ? ListingState::agrees
                                                            : ListingState::absent_or_other;
  } catch (const Error& error) {
    const bool is_denied = error.error_number() == EACCES || error.error_number() == EPERM;
    // Only a listing that is there can be kept.
    if (!is_denied || !repo.find_status(listing_path(commit))) throw;
    return ListingState::unreadable;
  }
}

bool has_ref(const Dir& repo, const std::string& name, const std::string& commit) {
  const std::string path = "refs/" + name;
  const auto status = repo.find_status(path);
  // A longer file is no ref that could be kept, however long.
  if (status && status->kind == FileKind::file && status->size != commit.size()) return false;
  const auto text = repo.find_content(path, ref_text_limit);
  return text && *text == commit;
}

constexpr std::string_view commits_path = ".modelcache/commits";

bool has_content(const Dir& repo, const std::string& path, std::string_view wanted) {
  const auto status = repo.find_status(path);
  if (!status) return wanted.empty();
  return status->kind == FileKind::file && status->size == wanted.size() &&
         repo.find_content(path, wanted.size()) == wanted;
}

// A snapshot without either says nothing against what is there.
bool has_commit(const Dir& repo, const Snapshot& snapshot, const std::string& modes) {
  const std::string& object = snapshot.commit_object;
  const std::string path = std::string(commits_path) + "/" + snapshot.commit;
  return (object.empty() || has_content(repo, path, object)) &&
         ((object.empty() && modes.empty()) || has_content(repo, path + ".modes", modes));
}

// Makes the names of all directories from `top` down to `path` durable.
void sync_down(const Dir& top, std::string_view path) {
  top.sync();
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1))
    top.open_dir(path.substr(0, slash)).sync();
  if (!path.empty()) top.open_dir(path).sync();
}

}  // namespace

bool HfSnapshotWriter::is_done(const Dir& repo, const Publication& publication, HfForm form) {
  const Snapshot& snapshot = publication.snapshot;
  const auto directory = repo.find_dir(snapshot_path(publication));
  if (!directory) return false;
  for (std::size_t i = 0; i < snapshot.entries.size(); ++i) {
    if (!publication.present[i]) continue;
    if (!is_settled(link_state(*directory, snapshot.entries[i]), form)) return false;
  }
  if (!has_absence_markers(repo, publication)) return false;
  const auto listing = listing_of(snapshot);
  if (listing && listing_state(repo, snapshot.commit, *listing) == ListingState::absent_or_other)
    return false;
  for (const std::string& ref : snapshot.refs)
    if (!has_ref(repo, ref, snapshot.commit)) return false;
  return has_commit(repo, snapshot, write_commit_modes(snapshot.entries));
}

std::vector<Finding> HfSnapshotWriter::write_entries(const Publication& publication) const {
  placement_.start(publication);
  auto findings = place_entries(publication);
  placement_.finish(publication);
  return findings;
}

std::vector<Finding> HfSnapshotWriter::place_entries(const Publication& publication) const {
  const std::string path = snapshot_path(publication);
  if (!repo_.find_dir(path)) {
    const std::string name = random_hex();
    build(publication, name);
    // A client may have made the directory meanwhile: then its links stay and ours are added to them.
    const bool ours = repo_.rename(std::string(staging_path) + name, path, Dir::IfExists::keep);
    repo_.open_dir("snapshots").sync();
    if (ours) return {};
  }
  return fill(publication, repo_.open_dir(path));
}

void HfSnapshotWriter::build(const Publication& publication, std::string_view name) const {
  staging_.make_dir(name);
  const Dir tree = staging_.open_dir(name);
  std::set<std::string> made;
  std::string_view current;
  Dir parent = tree.duplicate();
  for (std::size_t i = 0; i < publication.present.size(); ++i) {
    if (!publication.present[i]) continue;
    const Entry& entry = publication.snapshot.entries[i];
    if (entry.path.parent() != current) {
      current = entry.path.parent();
      parent = current.empty() ? tree.duplicate() : tree.make_dirs(current);
      made.emplace(current);
    }
    placement_.add(entry, parent);
  }
  for (const std::string& path : made) sync_down(tree, path);
  tree.sync();
}

std::vector<Finding> HfSnapshotWriter::fill(const Publication& publication, const Dir& snapshot) const {
  std::vector<Finding> findings;
  const auto report = [&](FindingCode code, const Entry& entry, std::string_view detail) {
    findings.push_back(make_finding(code, publication.snapshot.repo.text(),
                                    snapshot_path(publication) + "/" + entry.path.bytes(), detail));
    findings.back().severity = Severity::error;
  };
  std::set<std::string> touched;
  for (std::size_t i = 0; i < publication.present.size(); ++i) {
    if (!publication.present[i]) continue;
    const Entry& entry = publication.snapshot.entries[i];
    const LinkState state = link_state(snapshot, entry);
    if (is_settled(state, placement_.form())) continue;
    switch (state) {
      case LinkState::equal_file:
        break;
      case LinkState::right:
      case LinkState::absent:
      case LinkState::wrong_link:
        placement_.replace(entry, snapshot.make_parent(entry.path), state);
        touched.emplace(entry.path.parent());
        break;
      case LinkState::wrong_file:
        report(FindingCode::blob_size, entry,
               "is a file of another size than the commit says; kept, remove it to have it linked");
        break;
      case LinkState::blocked:
        report(FindingCode::stray_entry, entry, "something else is in the way of this file; kept");
        break;
    }
  }
  for (const std::string& path : touched) sync_down(snapshot, path);
  return findings;
}

std::optional<Finding> HfSnapshotWriter::write_listing(const Publication& publication) const {
  const auto listing = listing_of(publication.snapshot);
  const std::string& commit = publication.snapshot.commit;
  const auto state = listing ? listing_state(repo_, commit, *listing) : ListingState::agrees;
  if (state == ListingState::agrees) return {};
  if (state == ListingState::unreadable)
    return make_finding(FindingCode::tree_unreadable, publication.snapshot.repo.text(), listing_path(commit),
                        "we may not read it, so it is kept as it is");
  const Dir trees = repo_.make_dirs("trees");
  repo_.sync();
  write_atomically(staging_, trees, commit + ".json", write_tree_listing(*listing));
  return {};
}

void HfSnapshotWriter::write_commit(const Publication& publication) const {
  const Snapshot& snapshot = publication.snapshot;
  const std::string modes = write_commit_modes(snapshot.entries);
  if (has_commit(repo_, snapshot, modes)) return;
  const Dir commits = repo_.make_dirs(commits_path);
  sync_down(repo_, commits_path);
  const std::string modes_name = snapshot.commit + ".modes";
  // The modes first: a commit object that is there has its modes beside it.
  if (!modes.empty())
    write_atomically(staging_, commits, modes_name, modes);
  else if (commits.find_status(modes_name))
    commits.remove_file(modes_name);
  if (!snapshot.commit_object.empty())
    write_atomically(staging_, commits, snapshot.commit, snapshot.commit_object);
}

void HfSnapshotWriter::write_refs(const Publication& publication) const {
  for (const std::string& ref : publication.snapshot.refs) {
    if (has_ref(repo_, ref, publication.snapshot.commit)) continue;
    const std::string path = "refs/" + ref;
    const std::string parent = path.substr(0, path.rfind('/'));
    const Dir directory = repo_.make_dirs(parent);
    sync_down(repo_, parent);
    write_atomically(staging_, directory, std::string_view(path).substr(parent.size() + 1),
                     publication.snapshot.commit);
  }
}

}  // namespace modelcache
