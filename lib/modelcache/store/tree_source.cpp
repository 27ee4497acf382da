// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_source.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/store/content_naming.hpp"
#include "modelcache/store/locate.hpp"
#include "modelcache/store/snapshot_listing.hpp"
#include "modelcache/store/tree_removal.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace modelcache {

namespace {

// A file as it was named once: revisions of modelscope share them by hard links.
using FileKey = std::tuple<std::string, std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>;

FileKey key_of(const RelPath& path, const Status& status) {
  return {path.bytes(), status.device, status.inode, status.changed.tv_sec, status.changed.tv_nsec};
}

std::string_view default_name(const TreeRevision& revision) {
  for (const char* name : {"master", "main"})
    if (std::find(revision.names.begin(), revision.names.end(), name) != revision.names.end()) return name;
  return {};
}

}  // namespace

struct TreeSource::OpenRepo {
  OpenRepo(const Dir& root_dir, Layout layout, TreeRepo where, std::vector<TreeRevision> all, RepoId repo)
      : root(root_dir),
        habit(layout == Layout::aistudio ? LfsHabit::aistudio : LfsHabit::hub),
        place(std::move(where)),
        revisions(std::move(all)),
        id(std::move(repo)) {}

  const TreeRevision* find(std::string_view handle) const;
  const TreeRevision& select(std::string_view wanted) const;
  Snapshot snapshot(const TreeRevision& revision) const;
  void identify(Snapshot& snapshot, const IdentifyOptions& options);
  const TreeFile* file_of(const Entry& entry) const;
  std::string flaw_of(const Entry& entry) const;

  const Dir& root;
  LfsHabit habit;
  TreeRepo place;
  std::vector<TreeRevision> revisions;
  RepoId id;
  std::vector<Finding> left_out;
  std::map<std::string, std::string> handles;                   // commit -> handle
  std::map<std::pair<RelPath, Digest>, const TreeFile*> files;  // as identified

 private:
  void name_files(const TreeRevision& revision, Snapshot& snapshot, const IdentifyOptions& options);
  void take(Entry& entry, const TreeFile& file, const NamedFile& named);
  LfsRule rule(const TreeRevision& revision) const;

  std::map<FileKey, NamedFile> named_;
  std::map<RelPath, std::string> flaws_;
};

const TreeRevision* TreeSource::OpenRepo::find(std::string_view handle) const {
  const auto found = std::find_if(revisions.begin(), revisions.end(),
                                  [&](const TreeRevision& one) { return one.handle == handle; });
  return found == revisions.end() ? nullptr : &*found;
}

const TreeRevision& TreeSource::OpenRepo::select(std::string_view wanted) const {
  constexpr std::size_t shortest_prefix = 7;
  if (wanted.empty()) {
    for (const char* name : {"master", "main"})
      for (const TreeRevision& one : revisions)
        if (std::find(one.names.begin(), one.names.end(), name) != one.names.end()) return one;
    if (revisions.size() == 1) return revisions.front();
    throw Error(Cause::usage,
                id.text() + " has several revisions here; name one: " + id.text() + "@REVISION");
  }
  std::vector<const TreeRevision*> prefixed;
  for (const TreeRevision& one : revisions) {
    const bool is_name = std::find(one.names.begin(), one.names.end(), wanted) != one.names.end();
    if (is_name || one.handle == wanted || one.commit == wanted) return one;
    if (wanted.size() >= shortest_prefix && one.commit.starts_with(wanted)) prefixed.push_back(&one);
  }
  if (prefixed.size() > 1)
    throw Error(Cause::usage, "'" + terminal_safe(wanted) + "' fits several revisions of " + id.text());
  if (prefixed.empty())
    throw Error(Cause::not_found,
                "the cache has no revision '" + terminal_safe(wanted) + "' of " + id.text());
  return *prefixed.front();
}

Snapshot TreeSource::OpenRepo::snapshot(const TreeRevision& revision) const {
  Snapshot snapshot{id, revision.handle, revision.names, {}, false, {}};
  for (const auto& [path, file] : revision.files) {
    Entry entry{path, file.status.size, {}, {}, {}};
    entry.last_commit = file.last_commit;
    snapshot.entries.push_back(std::move(entry));
  }
  snapshot.findings = revision.findings;
  for (Finding& finding : snapshot.findings) finding.repo = id.text();
  return snapshot;
}

LfsRule TreeSource::OpenRepo::rule(const TreeRevision& revision) const {
  std::vector<AttributesFile> attributes;
  for (const auto& [path, file] : revision.files)
    if (file.flaw.empty()) add_attributes(root, path, file.location, attributes);
  return make_rule(id.type(), attributes, habit);
}

void TreeSource::OpenRepo::take(Entry& entry, const TreeFile& file, const NamedFile& named) {
  if (!named.flaw.empty()) {
    flaws_.insert_or_assign(entry.path, named.flaw);
    return;
  }
  entry.content = named.content;
  entry.size = named.size;
  entry.git_oid = named.git_oid;
  if (entry.content && entry.content->kind() == HashKind::git_sha1) entry.git_oid = entry.content;
  if (entry.content) files.insert_or_assign({entry.path, *entry.content}, &file);
}

void TreeSource::OpenRepo::name_files(const TreeRevision& revision, Snapshot& snapshot,
                                      const IdentifyOptions& options) {
  std::vector<UnnamedFile> work;
  std::vector<Entry*> entries;  // of each piece of work
  for (Entry& entry : snapshot.entries) {
    const TreeFile& file = revision.files.at(entry.path);
    if (entry.content || !file.flaw.empty()) continue;
    if (const auto known = named_.find(key_of(entry.path, file.status)); known != named_.end()) {
      take(entry, file, known->second);
      continue;
    }
    // Of git's own files no client makes large ones.
    const auto kind = is_git_file(entry.path) ? std::optional(HashKind::git_sha1) : std::nullopt;
    work.push_back({entry.path, entry.size, kind, file.git_id});
    entries.push_back(&entry);
  }
  if (work.empty()) return;
  ContentNaming naming(rule(revision),
                       [&](const RelPath& path) { return root.find_file(revision.files.at(path).location); });
  const std::vector<NamedFile> named = naming.name(work, options);
  for (std::size_t i = 0; i < work.size(); ++i) {
    const TreeFile& file = revision.files.at(work[i].path);
    named_.insert_or_assign(key_of(work[i].path, file.status), named[i]);
    take(*entries[i], file, named[i]);
  }
  if (auto finding = naming.decision(id.text())) snapshot.findings.push_back(std::move(*finding));
}

void TreeSource::OpenRepo::identify(Snapshot& snapshot, const IdentifyOptions& options) {
  const TreeRevision* revision = find(snapshot.commit);
  if (revision == nullptr) return;  // it was identified already
  name_files(*revision, snapshot, options);
  if (revision->commit.empty()) {
    snapshot.commit = local_commit(snapshot.entries);
    snapshot.findings.push_back(make_finding(FindingCode::revision_local, id.text(), "",
                                             "the cache does not tell the commit of '" +
                                                 terminal_safe(revision->handle) +
                                                 "'; the id of the git tree of its files stands for it"));
  } else {
    snapshot.commit = revision->commit;
  }
  handles.insert_or_assign(snapshot.commit, revision->handle);
}

const TreeFile* TreeSource::OpenRepo::file_of(const Entry& entry) const {
  if (!entry.content) return nullptr;
  const auto found = files.find({entry.path, *entry.content});
  return found == files.end() ? nullptr : found->second;
}

std::string TreeSource::OpenRepo::flaw_of(const Entry& entry) const {
  if (const auto found = flaws_.find(entry.path); found != flaws_.end()) return found->second;
  for (const TreeRevision& revision : revisions) {
    const auto file = revision.files.find(entry.path);
    if (file != revision.files.end() && !file->second.flaw.empty()) return file->second.flaw;
  }
  return "it is not in the cache";
}

TreeSource::TreeSource(const std::string& root, Layout layout)
    : root_(Dir::open_root(absolute_path(root))), layout_(layout) {}

TreeSource::~TreeSource() = default;

TreeSource::OpenRepo& TreeSource::find_repo(const RepoId& repo) {
  const std::scoped_lock lock(mutex_);
  const auto known = open_.find(repo);
  if (known != open_.end()) return known->second;
  auto places = find_tree_repo(root_, layout_, repo);
  if (places.empty())
    throw Error(Cause::not_found, "the cache '" + terminal_safe(root_.path()) + "' has no " + repo.text());
  auto revisions = read_tree_repo(root_, layout_, places.front());
  OpenRepo& open =
      open_.try_emplace(repo, root_, layout_, places.front(), std::move(revisions), repo).first->second;
  for (std::size_t i = 1; i < places.size(); ++i)
    open.left_out.push_back(make_finding(FindingCode::layout_shadowed, repo.text(), places[i].folder,
                                         "it is left out: clients look at " + places.front().folder));
  return open;
}

std::vector<RepoId> TreeSource::repos() {
  std::set<RepoId> repos;
  for (const TreeRepo& one : find_tree_repos(root_, layout_).repos)
    if (const auto repo = one.repo()) repos.insert(*repo);
  return {repos.begin(), repos.end()};
}

std::vector<NamedCommit> TreeSource::names(const RepoId& repo) {
  std::vector<NamedCommit> names;
  for (const TreeRevision& revision : find_repo(repo).revisions)
    for (const std::string& name : revision.names) names.push_back({name, revision.handle});
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> TreeSource::commits(const RepoId& repo) {
  std::vector<std::string> handles;
  for (const TreeRevision& revision : find_repo(repo).revisions) handles.push_back(revision.handle);
  return handles;
}

std::vector<Finding> TreeSource::left_out(const RepoId& repo) {
  return find_repo(repo).left_out;
}

Selected TreeSource::select(const RepoId& repo, std::string_view revision) {
  const TreeRevision& found = find_repo(repo).select(revision);
  const bool is_name = std::find(found.names.begin(), found.names.end(), revision) != found.names.end();
  return {found.handle, is_name ? std::vector<std::string>{std::string(revision)} : found.names, {}};
}

std::string TreeSource::default_branch(const RepoId& repo) {
  for (const TreeRevision& revision : find_repo(repo).revisions)
    if (const auto name = default_name(revision); !name.empty()) return std::string(name);
  return {};
}

Snapshot TreeSource::snapshot(const RepoId& repo, std::string_view revision) {
  const OpenRepo& open = find_repo(repo);
  return open.snapshot(open.select(revision));
}

void TreeSource::identify(const RepoId& repo, Snapshot& snapshot, const IdentifyOptions& options) {
  find_repo(repo).identify(snapshot, options);
}

std::optional<std::string> TreeSource::lacks(const RepoId& repo, const Entry& entry) {
  const OpenRepo& open = find_repo(repo);
  if (open.file_of(entry) == nullptr) return open.flaw_of(entry);
  return {};
}

Content TreeSource::open(const RepoId& repo, const Entry& entry) {
  const OpenRepo& open = find_repo(repo);
  const TreeFile* known = open.file_of(entry);
  auto file = known == nullptr ? std::nullopt : or_nothing([&] { return root_.find_file(known->location); });
  if (!file) throw_error(Cause::refused, "read", entry.path, "its content is not in the cache any more");
  return {std::move(*file), entry.size, root_.path_of(known->location)};
}

std::optional<ContentPlace> TreeSource::place(const RepoId& repo, const Entry& entry) {
  const TreeFile* file = find_repo(repo).file_of(entry);
  if (file == nullptr) return {};
  return ContentPlace{Content::Origin::store, file->status.device};
}

Freed TreeSource::remove(const RepoId& repo, const Moved& moved) {
  const OpenRepo& open = find_repo(repo);
  TreeRemoval removal(root_, layout_, open.place, repo);
  for (const MovedRevision& one : moved.revisions) {
    const auto handle = open.handles.find(one.commit);
    if (handle != open.handles.end()) removal.add(*open.find(handle->second), one.files);
  }
  return removal.run(moved.wait);
}

}  // namespace modelcache
