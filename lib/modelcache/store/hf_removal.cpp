// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_removal.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/link_text.hpp"
#include "modelcache/store/hf_inventory.hpp"
#include "modelcache/store/shared_store_writer.hpp"

#include <algorithm>
#include <set>
#include <thread>

namespace modelcache {

namespace {

constexpr std::string_view trash_path = ".modelcache/trash";

// What a tree of ordinary files gives back when it goes.
std::uint64_t allocated_below(const Dir& dir) {
  std::uint64_t bytes = 0;
  std::vector<std::string> below;
  dir.for_each([&](const Dir::Item& item) {
    if (item.kind == FileKind::directory) return below.emplace_back(item.name), void();
    const auto status = dir.find_status(item.name);
    if (status && status->kind == FileKind::file && status->links == 1) bytes += status->allocated;
  });
  for (const std::string& name : below)
    if (const auto child = dir.find_dir(name)) bytes += allocated_below(*child);
  return bytes;
}

// Blobs that the snapshots want: that of a broken link too.
std::set<std::string> wanted_blobs(const RepoInventory& repo) {
  std::set<std::string> wanted;
  const std::string blobs = repo.path + "/blobs/";
  for (const RevisionInventory& revision : repo.revisions) {
    for (const FileInventory& file : revision.list)
      if (file.blob.starts_with(blobs)) wanted.insert(file.blob.substr(blobs.size()));
    for (const LackingFile& file : revision.lacking)
      if (file.digest) wanted.insert(file.digest->hex());
  }
  return wanted;
}

// Those that the links of a snapshot name.
void collect_blobs(const Dir& dir, std::size_t depth, std::set<std::string>& blobs) {
  constexpr std::size_t depth_limit = 128;
  std::vector<std::string> below;
  dir.for_each([&](const Dir::Item& item) {
    if (item.kind == FileKind::directory) return below.emplace_back(item.name), void();
    const auto text = dir.find_link(item.name);
    const std::string name = text ? text->substr(text->rfind('/') + 1) : std::string();
    if (is_blob_name(name)) blobs.insert(name);
  });
  for (const std::string& name : below)
    if (const auto child = depth < depth_limit ? dir.find_dir(name) : std::nullopt)
      collect_blobs(*child, depth + 1, blobs);
}

void remove_if_there(const Dir& dir, const std::string& path) {
  if (const auto status = dir.find_status(path); status && status->kind != FileKind::directory)
    dir.remove_file(path);
}

// From the innermost on, as far as they are empty, up to `top` below `dir`.
void remove_empty_dirs(const Dir& dir, std::string path, std::string_view top) {
  while (path.size() > top.size() && dir.remove_empty_dir(path)) path.resize(path.rfind('/'));
}

}  // namespace

HfRemoval::HfRemoval(const Dir& root, const RepoId& repo, std::chrono::milliseconds wait,
                     std::chrono::milliseconds settle)
    : root_(root),
      repo_(repo),
      folder_(repo.folder()),
      settle_(settle),
      locks_(root.make_dirs(".locks/" + folder_)),
      lock_(FileLock::acquire(locks_, "modelcache.lock", wait)),
      dir_(root.open_dir(folder_)) {}

Freed HfRemoval::remove(const Moved& moved) {
  const RepoInventory before = read();
  if (!is_readable(before)) return std::move(freed_);
  for (const MovedRevision& revision : moved.revisions) {
    const auto now = std::find_if(before.revisions.begin(), before.revisions.end(),
                                  [&](const auto& one) { return one.commit == revision.commit; });
    if (now != before.revisions.end() && is_unchanged(*now, revision)) set_aside(*now);
  }
  empty_trash();
  drop_empty_repo();
  return std::move(freed_);
}

RepoInventory HfRemoval::read() const {
  auto repo = HfInventory(root_.path()).read(folder_, Detail::files);
  if (!repo) throw_error(Cause::not_found, "read", root_.path_of(folder_), "it is gone");
  return std::move(*repo);
}

bool HfRemoval::is_readable(const RepoInventory& now) {
  const auto flaw = std::find_if(now.findings.begin(), now.findings.end(), [](const Finding& finding) {
    return finding.code == FindingCode::permission_denied || finding.code == FindingCode::ref_malformed;
  });
  if (flaw == now.findings.end()) return true;
  keep(flaw->path, "the repo is kept as it is: " + flaw->detail);
  return false;
}

bool HfRemoval::is_unchanged(const RevisionInventory& now, const MovedRevision& moved) {
  const std::string path = folder_ + "/snapshots/" + moved.commit;
  for (const std::string& ref : now.refs)
    if (!std::binary_search(moved.refs.begin(), moved.refs.end(), ref))
      return keep(path, "it is kept: the ref " + ref + " leads to it and was not moved"), false;
  for (const FileInventory& file : now.list)
    if (!std::binary_search(moved.files.begin(), moved.files.end(), file.path,
                            [](std::string_view a, std::string_view b) { return a < b; }))
      return keep(path, "it is kept: it has a file that was not moved, " + file.path), false;
  return true;
}

// Renamed, not emptied: a half-emptied snapshot is never seen.
void HfRemoval::set_aside(const RevisionInventory& revision) const {
  for (const std::string& ref : revision.refs) drop_ref(ref, revision.commit);
  dir_.make_dirs(trash_path);
  const std::string aside = std::string(trash_path) + "/" + revision.commit;
  dir_.remove_tree(aside);
  dir_.rename("snapshots/" + revision.commit, aside, Dir::IfExists::keep);
  dir_.open_dir("snapshots").sync();
  dir_.open_dir(trash_path).sync();
}

void HfRemoval::drop_ref(const std::string& ref, const std::string& commit) const {
  const std::string path = "refs/" + ref;
  // Somebody may have moved it on meanwhile.
  const auto text = dir_.find_content(path, 4096);
  if (!text || !text->starts_with(commit)) return;
  dir_.remove_file(path);
  const std::string parent = path.substr(0, path.rfind('/'));
  dir_.open_dir(parent).sync();
  remove_empty_dirs(dir_, parent, "refs");
}

void HfRemoval::empty_trash() {
  const auto trash = dir_.find_dir(trash_path);
  if (!trash) return;
  std::set<std::string> blobs;
  for (const std::string& name : trash->names()) {
    if (trash->status(name).kind != FileKind::directory) continue;
    collect_blobs(trash->open_dir(name), 0, blobs);
    if (!dir_.find_dir("snapshots/" + name)) drop_notes(name);
  }
  std::set<std::string> orphans;
  const std::string prefix = folder_ + "/blobs/";
  for (const Finding& finding : read().findings)
    if (finding.code == FindingCode::blob_orphan && finding.path.starts_with(prefix))
      orphans.insert(finding.path.substr(prefix.size()));
  for (const std::string& blob : blobs)
    if (orphans.contains(blob)) park(*trash, blob);
  std::this_thread::sleep_for(settle_);
  settle(*trash);
  for (const std::string& name : trash->names()) {
    if (const auto snapshot = trash->find_dir(name)) freed_.bytes += allocated_below(*snapshot);
    trash->remove_tree(name);
  }
}

// What clients and we keep beside a snapshot.
void HfRemoval::drop_notes(const std::string& commit) const {
  remove_if_there(dir_, "trees/" + commit + ".json");
  dir_.remove_tree(".no_exist/" + commit);
  for (const char* suffix : {"", ".modes"}) remove_if_there(dir_, ".modelcache/commits/" + commit + suffix);
}

void HfRemoval::park(const Dir& trash, const std::string& blob) {
  try {
    const FileLock lock = FileLock::acquire(locks_, blob + ".lock", std::chrono::milliseconds(0));
    dir_.open_dir("blobs").move_to(blob, trash, blob, Dir::IfExists::keep);
  } catch (const Error& error) {
    if (error.cause() != Cause::busy) throw;
    keep(folder_ + "/blobs/" + blob, "it is kept: a client holds its lock");
  }
}

void HfRemoval::settle(const Dir& trash) {
  const std::set<std::string> wanted = wanted_blobs(read());
  for (const std::string& name : trash.names())
    if (trash.status(name).kind != FileKind::directory) settle_blob(trash, name, wanted.contains(name));
}

void HfRemoval::settle_blob(const Dir& trash, const std::string& name, bool is_wanted) {
  if (is_wanted) {
    keep(folder_ + "/blobs/" + name, "it was put back: a snapshot came to name it");
    // A client that missed it has brought its own.
    if (trash.move_to(name, dir_.open_dir("blobs"), name, Dir::IfExists::keep)) return;
  }
  const Status status = trash.status(name);
  const auto text = trash.find_link(name);
  const auto payload = text ? shared_payload_of(*text) : std::nullopt;
  trash.remove_file(name);
  if (status.kind == FileKind::file && status.links == 1) freed_.bytes += status.allocated;
  if (!payload) return;
  if (const auto store = SharedStoreWriter::open(root_))
    freed_.bytes += store->release({std::string(*payload), name}, root_);
}

// Refs to nothing, partial downloads and what others put there stay, and the folder with them.
void HfRemoval::drop_empty_repo() const {
  for (const char* path : {".modelcache/trash", ".modelcache/commits", ".modelcache", ".no_exist", "trees"})
    dir_.remove_empty_dir(path);
  for (const char* path : {"snapshots", "blobs"})
    if (const auto dir = dir_.find_dir(path); dir && !dir->names().empty()) return;
  // Without snapshots/ a repo is damaged for the clients' scanners, so it goes last and with the folder only.
  for (const char* path : {"refs", "blobs"}) dir_.remove_empty_dir(path);
  const auto names = dir_.names();
  if (names == std::vector<std::string>{"snapshots"}) dir_.remove_empty_dir("snapshots");
  root_.remove_empty_dir(folder_);
  root_.sync();
}

void HfRemoval::keep(std::string_view path, std::string_view reason) {
  freed_.findings.push_back(make_finding(FindingCode::not_removed, repo_.text(), path, reason));
}

}  // namespace modelcache
