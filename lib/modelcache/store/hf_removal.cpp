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
  settle();
  const RepoInventory before = read();
  if (!is_readable(before)) return std::move(freed_);
  for (const MovedRevision& revision : moved.revisions) {
    const auto now = std::find_if(before.revisions.begin(), before.revisions.end(),
                                  [&](const auto& one) { return one.commit == revision.commit; });
    if (now != before.revisions.end() && is_unchanged(*now, revision)) drop_revision(*now);
  }
  park(read(), moved.contents);
  if (dir_.find_dir(trash_path)) {
    std::this_thread::sleep_for(settle_);
    settle();
  }
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

void HfRemoval::drop_revision(const RevisionInventory& revision) {
  for (const std::string& ref : revision.refs) drop_ref(ref, revision.commit);
  const std::string path = "snapshots/" + revision.commit;
  const std::string aside = std::string(trash_path) + "/" + revision.commit;
  freed_.bytes += allocated_below(dir_.open_dir(path));
  dir_.make_dirs(trash_path);
  dir_.remove_tree(aside);
  // Renamed first: a half-emptied snapshot is never seen.
  if (!dir_.rename(path, aside, Dir::IfExists::keep)) return;
  dir_.open_dir("snapshots").sync();
  remove_if_there(dir_, "trees/" + revision.commit + ".json");
  dir_.remove_tree(".no_exist/" + revision.commit);
  for (const char* suffix : {"", ".modes"})
    remove_if_there(dir_, ".modelcache/commits/" + revision.commit + suffix);
  dir_.remove_tree(aside);
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

void HfRemoval::park(const RepoInventory& now, const std::vector<Entry>& contents) {
  std::set<std::string> orphans;
  const std::string blobs = folder_ + "/blobs/";
  for (const Finding& finding : now.findings)
    if (finding.code == FindingCode::blob_orphan && finding.path.starts_with(blobs))
      orphans.insert(finding.path.substr(blobs.size()));
  for (const Entry& entry : contents) {
    const std::string name = entry.content->hex();
    if (orphans.erase(name) == 0) continue;
    try {
      const FileLock lock = FileLock::acquire(locks_, name + ".lock", std::chrono::milliseconds(0));
      dir_.make_dirs(trash_path);
      dir_.rename("blobs/" + name, std::string(trash_path) + "/" + name, Dir::IfExists::keep);
    } catch (const Error& error) {
      if (error.cause() != Cause::busy) throw;
      keep(blobs + name, "it is kept: a client holds its lock");
    }
  }
}

void HfRemoval::settle() {
  const auto trash = dir_.find_dir(trash_path);
  if (!trash) return;
  const std::set<std::string> wanted = wanted_blobs(read());
  for (const std::string& name : trash->names()) {
    const auto status = trash->find_status(name);
    if (status && status->kind == FileKind::directory)
      trash->remove_tree(name);
    else if (status)
      settle_blob(*trash, name, wanted.contains(name));
  }
  dir_.remove_empty_dir(trash_path);
  dir_.remove_empty_dir(".modelcache/commits");
  dir_.remove_empty_dir(".modelcache");
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

// Refs to nothing, locks and what others put there stay, and the folder with them.
void HfRemoval::drop_empty_repo() const {
  const auto snapshots = dir_.find_dir("snapshots");
  if (!snapshots || !snapshots->names().empty()) return;
  const auto blobs = dir_.find_dir("blobs");
  if (blobs && !blobs->names().empty()) return;
  for (const char* path : {"refs", "trees", ".no_exist", "blobs"}) dir_.remove_empty_dir(path);
  if (dir_.names() == std::vector<std::string>{"snapshots"}) dir_.remove_empty_dir("snapshots");
  root_.remove_empty_dir(folder_);
  root_.sync();
}

void HfRemoval::keep(std::string_view path, std::string_view reason) {
  freed_.findings.push_back(make_finding(FindingCode::not_removed, repo_.text(), path, reason));
}

}  // namespace modelcache
