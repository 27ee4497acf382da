// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_revision.hpp"

#include "modelcache/base/digest.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/model/snapshot.hpp"
#include "modelcache/store/msc_files.hpp"
#include "modelcache/store/partial_files.hpp"
#include "modelcache/store/plain_dir_walk.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace modelcache {

namespace {

std::string flaw_of(FileKind kind) {
  if (kind == FileKind::file) return {};
  return kind == FileKind::link ? "it is a link, and no link is followed" : "it is no regular file";
}

TreeFile tree_file(const std::string& folder, const FoundFile& found) {
  return {found.status, folder + "/" + found.path.bytes(), {}, {}, flaw_of(found.status.kind)};
}

// --- indexed ---

std::map<RelPath, TreeFile> indexed_files(const Dir& dir, const std::string& folder) {
  std::map<RelPath, TreeFile> files;
  for (const FoundFile& found : walk_files(dir))
    if (!is_client_file(found.path) && !is_index_leftover(found.path))
      files.emplace(found.path, tree_file(folder, found));
  return files;
}

// Shows with its file what the index says of it; what it names and is not there has a flaw.
TreeFile& indexed_file(TreeRevision& revision, const RelPath& path) {
  const auto [file, is_new] = revision.files.try_emplace(path);
  if (is_new) file->second.flaw = "the index names it, and it is not there";
  return file->second;
}

// Files without an entry: a client never saw them, but for those that it leaves out of every index.
void leave_out_unindexed(TreeRevision& revision, const MscIndex& index) {
  std::set<RelPath> indexed;
  for (const MscEntry& entry : index.entries)
    if (auto path = RelPath::parse(entry.path)) indexed.insert(std::move(*path));
  std::erase_if(revision.files, [&](const auto& one) {
    const RelPath& path = one.first;
    if (indexed.contains(path) || !belongs_in_index(MscFlavour::aistudio, RepoType::model, path))
      return false;
    revision.findings.push_back(
        make_finding(FindingCode::stray_entry, "", path,
                     "it is left out: the index does not have it; cache-meta --rebuild "
                     "takes it in"));
    return true;
  });
}

void add_index(TreeRevision& revision, const MscIndex& index, Layout layout) {
  std::set<RelPath> seen;
  for (const MscEntry& entry : index.entries) {
    const RelPath path = require_safe_path(entry);
    TreeFile& file = indexed_file(revision, path);
    if (!seen.insert(path).second) {
      revision.findings.push_back(
          make_finding(FindingCode::index_duplicate, "", path, "the first entry of it counts"));
      continue;
    }
    if (layout == Layout::modelscope) {
      if (is_commit_id(entry.revision)) file.last_commit = entry.revision;
    } else if (is_git_id(entry.revision)) {
      file.git_id = entry.revision;
    } else {
      revision.findings.push_back(make_finding(FindingCode::blob_unverifiable, "", path,
                                               "its Revision is '" + terminal_safe(entry.revision) +
                                                   "', which names no content; it is taken as it is"));
    }
  }
}

TreeRevision read_indexed(const Dir& root, Layout layout, const TreeRepo& repo) {
  const Dir dir = root.open_dir(repo.folder);
  TreeRevision revision;
  revision.files = indexed_files(dir, repo.folder);
  if (const auto index = require_msc(dir)) {
    if (layout == Layout::aistudio) leave_out_unindexed(revision, *index);
    add_index(revision, *index, layout);
  }
  const auto version = find_mv(dir);
  const std::string told = version ? version->revision : "";
  if (is_commit_id(told)) revision.commit = told;
  // An AI Studio tree does not tell the branch; its client asks for this one.
  revision.names = {layout == Layout::aistudio || told.empty() || is_commit_id(told) ? "master" : told};
  if (layout == Layout::modelscope && is_commit_id(told)) revision.names.clear();
  revision.handle = revision.commit.empty() ? revision.names.front() : revision.commit;
  return revision;
}

// --- snapshots ---

TreeRevision read_snapshot(const Dir& dir, const std::string& folder, const std::string& name) {
  TreeRevision revision;
  revision.handle = name;
  if (is_commit_id(name))
    revision.commit = name;
  else
    revision.names = {name};
  const std::vector<FoundFile> all = walk_files(dir);
  std::vector<std::string_view> paths;
  paths.reserve(all.size());
  for (const FoundFile& found : all) paths.push_back(found.path);
  const PartialsBesideFiles partials(paths);
  for (const FoundFile& found : all) {
    if (partials.find(found.path, found.status.size))
      revision.findings.push_back(
          make_finding(FindingCode::partial_download, "", found.path, "it is left out"));
    else
      revision.files.emplace(found.path, tree_file(folder, found));
  }
  return revision;
}

std::vector<TreeRevision> read_snapshots(const Dir& root, const TreeRepo& repo) {
  const std::string folder = repo.folder + "/snapshots";
  const Dir snapshots = root.open_dir(folder);
  std::vector<TreeRevision> revisions;
  for (const std::string& name : snapshots.names()) {
    const auto dir =
        name.starts_with('.') ? std::nullopt : or_nothing([&] { return snapshots.find_dir(name); });
    if (!dir) continue;
    std::string path = folder;
    path.append("/").append(name);
    TreeRevision revision = read_snapshot(*dir, path, name);
    if (!revision.files.empty()) revisions.push_back(std::move(revision));
  }
  return revisions;
}

// --- blobs ---

// The blob that a link of the repo leads to, by its text alone: they are absolute, and the cache may have
// moved.
std::optional<std::string> blob_of(std::string_view text) {
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view name = text.substr(slash + 1);
  const std::string_view above = text.substr(0, slash);
  if (!above.ends_with("/blobs") || !is_commit_id(name)) return {};
  return std::string(name);
}

void add_linked_file(const Dir& root, const TreeRepo& repo, const Dir& dir, const FoundFile& found,
                     std::map<RelPath, timespec>& made, TreeRevision& revision) {
  const auto text = dir.find_link(found.path);
  const auto blob = text ? blob_of(*text) : std::nullopt;
  const auto before = made.find(found.path);
  // The client makes its links anew on every call: of two the later one is of what it saw last.
  if (before != made.end() && !is_before(before->second, found.status.modified)) return;
  made.insert_or_assign(found.path, found.status.modified);
  TreeFile file{found.status, {}, {}, {}, "it leads to no blob of this repo"};
  if (blob) {
    file.location = repo.folder + "/blobs/" + *blob;
    const auto status = root.find_status(file.location);
    file.git_id = *blob;
    file.flaw = status ? flaw_of(status->kind) : "its blob is not there";
    if (status) file.status = *status;
  }
  revision.files.insert_or_assign(found.path, std::move(file));
}

std::vector<std::string> folders_in(const Dir& dir) {
  std::vector<std::string> folders;
  dir.for_each([&](const Dir::Item& item) {
    if (item.kind == FileKind::directory) folders.emplace_back(item.name);
  });
  std::sort(folders.begin(), folders.end());
  return folders;
}

TreeRevision read_linked(const Dir& root, const TreeRepo& repo, const Dir& dir, const std::string& name) {
  TreeRevision revision;
  revision.handle = name;
  if (is_commit_id(name))
    revision.commit = name;
  else
    revision.names = {name};
  std::map<RelPath, timespec> made;
  const auto add = [&](const Dir& files) {
    for (const FoundFile& found : walk_files(files))
      add_linked_file(root, repo, files, found, made, revision);
  };
  if (repo.form == TreeForm::hub) {
    add(dir);
    return revision;
  }
  // Each file below the commit that changed it last.
  for (const std::string& commit : folders_in(dir))
    if (const auto files = or_nothing([&] { return dir.find_dir(commit); })) add(*files);
  return revision;
}

std::vector<TreeRevision> read_blobs(const Dir& root, const TreeRepo& repo) {
  std::vector<TreeRevision> revisions;
  const auto snapshots = or_nothing([&] { return root.find_dir(repo.folder + "/snapshots"); });
  if (!snapshots) return revisions;
  for (const std::string& name : folders_in(*snapshots)) {
    const auto dir = or_nothing([&] { return snapshots->find_dir(name); });
    if (!dir) continue;
    TreeRevision revision = read_linked(root, repo, *dir, name);
    if (!revision.files.empty()) revisions.push_back(std::move(revision));
  }
  return revisions;
}

}  // namespace

std::vector<TreeRevision> read_tree_repo(const Dir& root, Layout layout, const TreeRepo& repo) {
  switch (repo.form) {
    case TreeForm::indexed:
      return {read_indexed(root, layout, repo)};
    case TreeForm::snapshots:
      return read_snapshots(root, repo);
    case TreeForm::blobs:
    case TreeForm::hub:
      return read_blobs(root, repo);
  }
  return {};
}

}  // namespace modelcache
