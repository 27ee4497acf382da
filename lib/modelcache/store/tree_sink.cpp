// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_sink.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/store/content_check.hpp"
#include "modelcache/store/link_ways.hpp"
#include "modelcache/store/locate.hpp"
#include "modelcache/store/new_directory.hpp"
#include "modelcache/store/plain_dir_walk.hpp"
#include "modelcache/store/tree_repos.hpp"

#include <algorithm>
#include <unordered_map>

namespace modelcache {

namespace {

struct Folder {
  std::string path;  // relative to the root
  Dir dir;
};

// What a file was found to hold, true while the file is as it was then.
struct Judged {
  Status status;
  Digest content;
  bool holds = false;
};

void require_replaceable(const Dir& dir, const Entry& entry) {
  const auto status = dir.find_status(entry.path.name());
  if (status && status->kind != FileKind::file && status->kind != FileKind::link)
    throw_error(Cause::refused, "write", dir.path_of(entry.path.name()), "something else has this name");
}

}  // namespace

struct TreeSink::OpenRepo {
  OpenRepo(RepoId repo_id, std::unique_ptr<TreeRules> how) : id(std::move(repo_id)), rules(std::move(how)) {}
  ~OpenRepo() {
    if (staging && is_published) staging->drop();
  }

  const std::vector<Folder>& present_folders(const Dir& root) {
    if (present) return *present;
    present.emplace();
    for (std::string& path : rules->present_folders(root))
      if (auto dir = or_nothing([&] { return root.find_dir(path); }))
        present->push_back({std::move(path), std::move(*dir)});
    return *present;
  }

  RepoId id;
  std::unique_ptr<TreeRules> rules;
  std::optional<FileLock> lock;
  std::optional<TreeStaging> staging;
  std::optional<std::vector<Folder>> present;
  std::map<std::string, std::string> held;       // address -> the folder that has it
  mutable std::map<std::string, Judged> judged;  // folder and path
  std::unordered_map<Digest, std::size_t> uses;  // entries of a publication that are still to be placed
  std::chrono::milliseconds wait{0};
  bool is_published = false;
};

TreeSink::TreeSink(const std::string& root, TreeOptions options, ForeignRoot foreign_root)
    : root_path_(absolute_path(root)), options_(options) {
  root_ = Dir::find_root(root_path_);
  if (root_) require_own_root(*root_, foreign_root);
}

TreeSink::~TreeSink() = default;

TreeSink::OpenRepo& TreeSink::open(const RepoId& repo) const {
  if (!repo_ || repo_->id != repo) {
    repo_.reset();
    repo_ = std::make_unique<OpenRepo>(repo, make_tree_rules(root_ ? &*root_ : nullptr, repo, options_));
  }
  return *repo_;
}

TreeSink::OpenRepo& TreeSink::prepared(const RepoId& repo) const {
  OpenRepo& here = open(repo);
  if (!here.staging) throw Error(Cause::internal, "a repo was written before it was prepared");
  return here;
}

std::string TreeSink::path_of(const Snapshot& snapshot) const {
  return root_path_ + "/" + open(snapshot.repo).rules->folders(snapshot).front();
}

bool TreeSink::keeps_one_revision(const RepoId& repo) {
  return open(repo).rules->keeps_one_revision();
}

bool TreeSink::needs_last_commits(const RepoId& repo) {
  return open(repo).rules->needs_last_commits();
}

// A tree has a file for each path, and two revisions of it may differ in it.
std::string TreeSink::address(const Entry& entry) const {
  return entry.path.bytes() + '\0' + entry.content->text();
}

bool TreeSink::shows(const OpenRepo& open, const std::string& folder, const Dir& dir,
                     const Entry& entry) const {
  const auto status = or_nothing([&] { return dir.find_status(entry.path); });
  if (!status) return false;
  if (status->kind == FileKind::link) {
    const auto text = dir.find_link(entry.path);
    return put_.link == PutOptions::Link::symlink && text && leads_to_size(*text, entry.size);
  }
  if (status->kind != FileKind::file || status->size != entry.size) return false;
  const std::string key = folder + "/" + entry.path.bytes();
  const auto known = open.judged.find(key);
  if (known != open.judged.end() && is_same_file(known->second.status, *status) &&
      known->second.content == *entry.content)
    return known->second.holds;
  const bool is_size_enough = put_.verify == PutOptions::Verify::size && !open.rules->tells_contents();
  bool holds = is_size_enough || open.rules->is_noted(dir, entry, *status);
  if (!holds) {
    const auto file = or_nothing([&] { return dir.find_file(entry.path); });
    holds = file && holds_content(*file, entry, dir.path_of(entry.path), put_.cancelled);
  }
  open.judged.insert_or_assign(key, Judged{*status, *entry.content, holds});
  return holds;
}

bool TreeSink::holds(const RepoId& repo, const Entry& entry, const PutOptions& options) {
  if (is_client_file(entry.path))
    throw_error(Cause::refused, "write", entry.path,
                "the clients of this layout keep their own files there; --exclude leaves it out");
  put_ = options;
  OpenRepo& here = open(repo);
  if (here.staging && here.staging->holds(entry)) return true;
  if (!root_) return false;
  for (const Folder& folder : here.present_folders(*root_)) {
    if (!shows(here, folder.path, folder.dir, entry)) continue;
    here.held.insert_or_assign(address(entry), folder.path);
    return true;
  }
  return false;
}

std::vector<std::size_t> TreeSink::missing(const OpenRepo& open, const std::string& folder, const Dir& dir,
                                           const Publication& publication) const {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < publication.present.size(); ++i)
    if (publication.present[i] && !shows(open, folder, dir, publication.snapshot.entries[i]))
      places.push_back(i);
  return places;
}

bool TreeSink::is_published(const Publication& publication) {
  const OpenRepo& here = open(publication.snapshot.repo);
  if (!root_ || (!here.staging && root_->find_status(here.rules->staging()))) return false;
  const auto folders = here.rules->folders(publication.snapshot);
  return std::all_of(folders.begin(), folders.end(), [&](const std::string& folder) {
    const auto dir = or_nothing([&] { return root_->find_dir(folder); });
    return dir && missing(here, folder, *dir, publication).empty() && here.rules->is_done(*dir, publication);
  });
}

std::vector<std::string> TreeSink::notes(const Publication& publication) const {
  const TreeRules& rules = *open(publication.snapshot.repo).rules;
  rules.require_expressible(publication);
  std::vector<std::string> notes = rules.notes(publication);
  const auto& entries = publication.snapshot.entries;
  const auto executables = std::count_if(
      entries.begin(), entries.end(), [](const Entry& entry) { return entry.mode == FileMode::executable; });
  if (executables > 0)
    notes.push_back("the executable bit of " + std::to_string(executables) +
                    (executables == 1 ? " file" : " files") + " is not kept: this layout has no modes");
  return notes;
}

Dir TreeSink::nearest_dir() const {
  return root_ ? root_->duplicate() : Dir::open_root(existing_ancestor(root_path_));
}

std::uint64_t TreeSink::free_bytes() const {
  return nearest_dir().free_bytes();
}

Method TreeSink::foresee(const Entry&, const std::optional<ContentPlace>& place,
                         const PutOptions& options) const {
  return foresee_method(nearest_dir(), place, options);
}

bool TreeSink::proves(const RepoId& repo, const Entry& entry) {
  OpenRepo& here = open(repo);
  if (here.staging && here.staging->proves(entry, put_.cancelled)) return true;
  if (!root_) return false;
  const auto& folders = here.present_folders(*root_);
  return std::any_of(folders.begin(), folders.end(), [&](const Folder& folder) {
    const auto file = or_nothing([&] { return folder.dir.find_file(entry.path); });
    return file && holds_content(*file, entry, folder.dir.path_of(entry.path), put_.cancelled);
  });
}

void TreeSink::prepare(const RepoId& repo, std::chrono::milliseconds wait) {
  OpenRepo& here = open(repo);
  if (here.staging) return;
  if (!root_) root_ = make_directories(root_path_);
  here.wait = wait;
  here.lock = here.rules->lock(*root_, wait);
  here.staging.emplace(*root_, here.rules->staging(), wait);
}

PutResult TreeSink::put(const RepoId& repo, const Entry& entry, Content content, const PutOptions& options) {
  return prepared(repo).staging->put(entry, content, options);
}

void TreeSink::place(OpenRepo& open, const Entry& entry, const Dir& parent, Dir::IfExists if_exists) const {
  bool placed = false;
  if (open.staging->holds(entry)) {
    const auto left = open.uses.find(*entry.content);
    const bool is_last = left != open.uses.end() && --left->second == 0;
    placed =
        open.staging->place(entry, parent, entry.path.name(),
                            is_last ? TreeStaging::Use::last : TreeStaging::Use::one_of_several, if_exists);
  } else {
    const auto held = open.held.find(address(entry));
    const auto from = held == open.held.end() ? std::nullopt : root_->find_dir(held->second);
    // Until prepare() took the lock, another program of ours could bring another revision in.
    if (!from || !shows(open, held->second, *from, entry))
      throw_error(Cause::busy, "write", parent.path_of(entry.path.name()),
                  "another program changed what was there; run it again");
    placed =
        place_again(*from, entry.path, entry, open.staging->parts(), parent, entry.path.name(), if_exists);
  }
  if (!placed)
    throw_error(Cause::refused, "make", parent.path_of(entry.path.name()),
                "the file system takes this name for another one that is there");
}

void TreeSink::make_folder(OpenRepo& open, const std::string& folder, const Publication& publication,
                           std::vector<Finding>& findings) const {
  const std::string name = random_hex();
  const Dir tree = open.staging->make_tree(name);
  std::string_view current;
  Dir parent = tree.duplicate();
  for (std::size_t i = 0; i < publication.present.size(); ++i) {
    if (!publication.present[i]) continue;
    const Entry& entry = publication.snapshot.entries[i];
    if (entry.path.parent() != current) {
      current = entry.path.parent();
      parent = current.empty() ? tree.duplicate() : tree.make_dirs(current);
    }
    place(open, entry, parent, Dir::IfExists::keep);
  }
  const auto more =
      open.rules->write(tree, open.staging->parts(), publication, AtomicFile::NameSync::all_by_caller);
  findings.insert(findings.end(), more.begin(), more.end());
  if (const std::size_t slash = folder.rfind('/'); slash != std::string::npos)
    root_->make_dirs(std::string_view(folder).substr(0, slash));
  tree.sync_file_system();
  if (!open.staging->publish_tree(name, folder))
    throw_error(Cause::busy, "make the directory", root_->path_of(folder),
                "another program made it meanwhile; run it again");
}

void TreeSink::fill_folder(OpenRepo& open, const std::string& folder, const Publication& publication,
                           std::vector<Finding>& findings) const {
  const Dir dir = root_->open_dir(folder);
  const Dir& parts = open.staging->parts();
  const std::vector<std::size_t> places = missing(open, folder, dir, publication);
  if (!places.empty()) {
    std::vector<RelPath> paths;
    paths.reserve(places.size());
    for (const std::size_t i : places) paths.push_back(publication.snapshot.entries[i].path);
    open.rules->forget(dir, parts, paths);
  }
  for (const std::size_t i : places) {
    const Entry& entry = publication.snapshot.entries[i];
    const auto lock = open.rules->lock_file(*root_, entry.path, open.wait);
    const Dir parent = dir.make_parent(entry.path);
    require_replaceable(parent, entry);
    place(open, entry, parent, Dir::IfExists::replace);
  }
  if (!places.empty()) dir.sync_file_system();
  require_shown(dir, publication.present_paths());
  if (places.empty() && open.rules->is_done(dir, publication)) return;
  const auto more = open.rules->write(dir, parts, publication, AtomicFile::NameSync::now);
  findings.insert(findings.end(), more.begin(), more.end());
}

std::vector<Finding> TreeSink::publish(const Publication& publication) {
  OpenRepo& here = prepared(publication.snapshot.repo);
  here.is_published = false;
  here.staging->flush();
  here.uses.clear();
  std::vector<Finding> findings;
  for (const std::string& folder : here.rules->folders(publication.snapshot)) {
    const auto dir = root_->find_dir(folder);
    if (here.rules->keeps_one_revision()) {
      // What moves out of the staging keeps its time of change, by which it is known as unchanged later.
      const auto count = [&](std::size_t i) { ++here.uses[*publication.snapshot.entries[i].content]; };
      if (dir)
        for (const std::size_t i : missing(here, folder, *dir, publication)) count(i);
      else
        for (std::size_t i = 0; i < publication.present.size(); ++i)
          if (publication.present[i]) count(i);
    }
    if (dir)
      fill_folder(here, folder, publication, findings);
    else
      make_folder(here, folder, publication, findings);
  }
  here.present.reset();
  here.is_published = true;
  return findings;
}

void TreeSink::finish() {
  repo_.reset();
}

}  // namespace modelcache
