// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/clone_sink.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/store/clone_lfs_store.hpp"
#include "modelcache/store/clone_notes.hpp"
#include "modelcache/store/clone_objects.hpp"
#include "modelcache/store/clone_repository.hpp"
#include "modelcache/store/clone_tree.hpp"
#include "modelcache/store/clone_worktree.hpp"
#include "modelcache/store/content_check.hpp"
#include "modelcache/store/link_ways.hpp"
#include "modelcache/store/locate.hpp"
#include "modelcache/store/new_directory.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>

namespace modelcache {

namespace fs = boost::filesystem;

// What grows in the new directory.
struct CloneSink::Growing {
  Growing(RepoId id, const Dir& root)
      : repo(std::move(id)), git(root.make_dirs(".git")), objects(git), store(git) {}

  RepoId repo;
  Dir git;
  CloneObjects objects;
  CloneLfsStore store;
  std::mutex mutex;
  CloneWorktree::Times times;
};

namespace {

void require_own(const Dir& dir) {
  const std::uint32_t owner = dir.own_status().owner;
  if (owner != ::geteuid())
    throw_error(Cause::refused, "make a clone in", dir.path(),
                "it belongs to another user (uid " + std::to_string(owner) + ")");
}

// What is left of a run before may be anybody's: a hook among it would be run by the next git command.
void empty(const Dir& dir) {
  for (const std::string& name : dir.names()) {
    const auto status = dir.find_status(name);
    if (status && status->kind == FileKind::directory)
      dir.remove_tree(name);
    else if (status)
      dir.remove_file(name);
  }
}

// git keeps it itself. The empty file is never in the LFS store, whatever names it.
bool is_object(const Entry& entry) {
  return entry.content->kind() == HashKind::git_sha1 || *entry.content == hash_bytes(HashKind::sha256, {});
}

Entry as_object(const Entry& entry) {
  Entry object = entry;
  if (entry.content->kind() == HashKind::sha256) object.content = hash_bytes(HashKind::git_sha1, {});
  return object;
}

constexpr std::uint64_t bytes_per_file = 256;  // of trees and the index, besides the names

std::string target_path(const std::string& path) {
  const std::string absolute = absolute_path(path);
  return fs::is_symlink(fs::symlink_status(absolute)) ? real_path(absolute) : absolute;
}

std::optional<Dir> find_target(const std::string& path) {
  try {
    auto there = Dir::find_root(path);
    boost::system::error_code ignored;
    if (!there && fs::symlink_status(path, ignored).type() == fs::symlink_file)
      throw_error(Cause::refused, "make the clone", path, "a link that leads to nothing has this name");
    return there;
  } catch (const Error& error) {
    if (error.cause() != Cause::usage) throw;
    throw_error(Cause::refused, "make the clone", path, "a file has this name");
  }
}

// Bytes of the worktree are shared at best: an editor that writes in place must not reach the LFS store.
PutOptions worktree_options(const PutOptions& put) {
  PutOptions options = put;
  if (put.link == PutOptions::Link::hardlink || put.link == PutOptions::Link::symlink)
    options.link = PutOptions::Link::automatic;
  return options;
}

void note_time(const Content& content, const Digest& oid, CloneWorktree::Times& times) {
  const Fd* file = std::get_if<Fd>(&content.from);
  struct stat status {};
  if (file != nullptr && ::fstat(file->get(), &status) == 0) times.emplace(oid, status.st_mtim);
}

// git looks into each file that is not older than the index, whenever it is asked.
void write_index(const Dir& git, const std::vector<GitIndexEntry>& entries) {
  write_git_file(git, "index", write_git_index(entries));
  timespec later{};
  for (const GitIndexEntry& entry : entries)
    if (entry.status) later.tv_sec = std::max(later.tv_sec, entry.status->modified.tv_sec + 1);
  // A link is as new as the index: its time cannot be set before it is made.
  if (git.status("index").modified.tv_sec >= later.tv_sec) return;
  const timespec both[] = {later, later};
  if (::futimens(git.open_file("index").get(), both) != 0)
    throw_errno(errno, "set the time of", git.path_of("index"));
}

}  // namespace

CloneSink::CloneSink(const std::string& path, CloneOptions options, ForeignRoot foreign)
    : path_(target_path(path)), options_(std::move(options)) {
  const auto there = find_target(path_);
  if (there && !there->names().empty())
    throw_error(Cause::refused, "make the clone", path_, "there is something in this directory already");
  require_own_root(there ? there->duplicate() : Dir::open_root(existing_ancestor(path_)), foreign);
}

CloneSink::~CloneSink() {
  growing_.reset();
  if (!root_ || published_) return;
  try {
    root_->discard();
  } catch (const std::exception&) {
    // What stays is thrown away by the next run.
  }
}

std::string CloneSink::path_of(const Snapshot&) const {
  return path_;
}

CloneSink::Growing& CloneSink::growing(const RepoId& repo) {
  if (!growing_ || growing_->repo != repo)
    throw Error(Cause::internal, "a clone was written before it was prepared");
  return *growing_;
}

bool CloneSink::holds(const RepoId& repo, const Entry& entry, const PutOptions&) {
  if (!growing_ || growing_->repo != repo) return false;
  return is_object(entry) ? growing_->objects.holds(*as_object(entry).content)
                          : growing_->store.holds(*entry.content);
}

bool CloneSink::shows_file(const RepoId&, std::string_view, const Entry&) {
  return false;
}

bool CloneSink::is_published(const Publication& publication) {
  return published_ && published_->snapshot == publication.snapshot &&
         published_->present == publication.present;
}

std::vector<std::string> CloneSink::notes(const Publication& publication) const {
  return clone_notes(publication, path_, options_);
}

std::uint64_t CloneSink::free_bytes() const {
  return Dir::open_root(existing_ancestor(path_)).free_bytes();
}

Method CloneSink::foresee(const Entry& entry, const std::optional<ContentPlace>& place,
                          const PutOptions& options) const {
  if (entry.content && is_object(entry)) return Method::copy;
  return foresee_method(Dir::open_root(existing_ancestor(path_)), place, options);
}

std::uint64_t CloneSink::extra_bytes(const Publication& publication) const {
  const Dir here = Dir::open_root(existing_ancestor(path_));
  const ContentPlace store{Content::Origin::store, here.own_status().device};
  const bool is_copied = foresee_method(here, store, worktree_options(options_.put)) == Method::copy;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < publication.present.size(); ++i) {
    const Entry& entry = publication.snapshot.entries[i];
    bytes += bytes_per_file + entry.path.bytes().size();
    if (!publication.present[i] || options_.files == CloneFiles::none) continue;
    const bool is_large = entry.content->kind() == HashKind::sha256;
    const bool is_whole = !is_large || (is_copied && options_.files == CloneFiles::contents);
    bytes += is_whole ? entry.size : bytes_per_file;
  }
  return bytes;
}

bool CloneSink::proves(const RepoId& repo, const Entry& entry) {
  if (!holds(repo, entry, {})) return false;
  if (is_object(entry)) {
    growing_->objects.read(*as_object(entry).content, [](std::string_view) {});
    return true;
  }
  return holds_content(growing_->store.open(*entry.content), entry, path_);
}

void CloneSink::prepare(const RepoId& repo, std::chrono::milliseconds wait) {
  if (growing_) {
    if (growing_->repo != repo) throw Error(Cause::internal, "a clone holds one repo");
    return;
  }
  auto root = std::make_unique<NewDirectory>(path_, wait);
  require_own(root->dir());
  root_ = std::move(root);
  empty(root_->dir());
  growing_ = std::make_unique<Growing>(repo, root_->dir());
}

PutResult CloneSink::put(const RepoId& repo, const Entry& entry, Content content, const PutOptions& options) {
  Growing& here = growing(repo);
  PutResult result;
  if (is_object(entry)) {
    result.written = here.objects.put(as_object(entry), content, options);
    if (result.written) result = {true, Method::copy, entry.size};
  } else {
    result = here.store.put(entry, content, options);
  }
  const std::scoped_lock lock(here.mutex);
  note_time(content, *entry.content, here.times);
  return result;
}

std::vector<Finding> CloneSink::publish(const Publication& publication) {
  if (is_published(publication)) return {};
  if (published_) throw Error(Cause::internal, "a clone holds one revision");
  Growing& here = growing(publication.snapshot.repo);
  require_git_names(publication.snapshot);
  const CloneTree tree = clone_tree(publication, [&](const Digest& id, std::string_view object) {
    here.objects.add(PackedType::tree, id, object);
  });
  for (const CloneFile& file : tree.files)
    if (!file.pointer.empty() || file.entry->size == 0)
      here.objects.add(PackedType::blob, file.oid, file.pointer);
  const CloneCommit commit = clone_commit(publication.snapshot, tree);
  here.objects.add(PackedType::commit, hash_git_object("commit", commit.object), commit.object);
  FileSystemTraits traits;
  traits.has_modes = keeps_modes(here.git);
  std::vector<Finding> findings = write_worktree(here, tree, traits);
  const std::string attributes = missing_attributes(tree, here.objects);
  if (!attributes.empty()) write_git_file(here.git, "info/attributes", attributes);
  here.objects.finish();
  write_repository(here.git, publication.snapshot, commit, options_, traits);
  appear();
  published_ = publication;
  return findings;
}

std::vector<Finding> CloneSink::write_worktree(const Growing& here, const CloneTree& tree,
                                               FileSystemTraits& traits) const {
  if (options_.files == CloneFiles::none) return {};
  CloneOptions options = options_;
  options.put = worktree_options(options_.put);
  CloneWorktree worktree(root_->dir(), here.objects, here.store, here.times, options);
  std::vector<Finding> findings;
  std::vector<GitIndexEntry> entries;
  entries.reserve(tree.files.size());
  for (const CloneFile& file : tree.files) {
    if (options_.put.cancelled != nullptr && options_.put.cancelled->load(std::memory_order_relaxed))
      throw Error(Cause::io, "cannot go on: interrupted", EINTR);
    entries.push_back(worktree.add(file));
    if (entries.back().status) continue;
    findings.push_back(make_finding(FindingCode::link_escapes, here.repo.text(), file.entry->path,
                                    "a link out of the worktree or into .git; git has it, it was not made"));
    findings.back().severity = Severity::warning;
  }
  traits.has_links = worktree.has_links();
  write_index(here.git, entries);
  return findings;
}

void CloneSink::appear() {
  const fs::path path(path_);
  const Dir parent = Dir::open_root(path.parent_path().string());
  const std::string name = path.filename().string();
  const auto there = parent.find_status(name);
  // An empty directory makes room; whatever else has the name by now stays, and publish() refuses.
  if (there && there->kind == FileKind::directory) parent.remove_empty_dir(name);
  root_->publish();
}

}  // namespace modelcache
