// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/repo_stock.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/model/snapshot.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace modelcache {

namespace {

constexpr std::size_t depth_limit = 128;

std::size_t depth_of(std::string_view directory) {
  return directory.empty()
             ? 0
             : static_cast<std::size_t>(std::count(directory.begin(), directory.end(), '/')) + 1;
}

WalkedFile walked(const RepoStock& stock, const Dir& dir, const std::string& base, const std::string& path,
                  const Dir::Item& item) {
  WalkedFile file{path, WalkedFile::Kind::other, {}, {}};
  if (item.kind == FileKind::link) {
    LinkTarget target = stock.context().links.follow(join_path(base, path));
    file.target = std::move(target.path);
    file.status = target.status;
    if (target.end == LinkEnd::nothing) file.kind = WalkedFile::Kind::broken;
    if (target.end == LinkEnd::outside) file.kind = WalkedFile::Kind::outside;
    if (target.end == LinkEnd::there && target.status.kind == FileKind::file)
      file.kind = WalkedFile::Kind::file;
    return file;
  }
  const auto status = dir.find_status(item.name);
  if (!status) throw_errno(ENOENT, "look at", dir.path_of(item.name));
  file.status = *status;
  if (status->kind == FileKind::file) file.kind = WalkedFile::Kind::file;
  return file;
}

}  // namespace

std::string without_last(std::string_view path, int components) {
  for (; components > 0; --components) {
    const std::size_t slash = path.rfind('/');
    path = path.substr(0, slash == path.npos ? 0 : slash);
  }
  return std::string(path);
}

RepoStock::RepoStock(const TreeScanContext& context, const TreeRepo& tree, Detail detail)
    : context_(context), tree_(tree), detail_(detail) {
  name_ = std::string(to_string(tree.type)) + "/" + tree.id;
  RepoInventory& repo = result_.repo;
  repo.type = tree.type;
  repo.id = tree.id;
  repo.path = context_.root.path_of(tree.folder);
}

void RepoStock::note(FindingCode code, Severity severity, std::string_view path, std::string_view detail) {
  result_.repo.findings.push_back(
      {code, severity, name_, join_path(tree_.folder, path), std::string(detail)});
}

void RepoStock::note(FindingCode code, std::string_view path, std::string_view detail) {
  note(code, info(code).severity, path, detail);
}

void RepoStock::note_failure(std::string_view path, const Error& error) {
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
      return note(FindingCode::stray_entry, path, "it should be a directory");
    default:
      if (error.cause() != Cause::refused) throw error;
      note(FindingCode::stray_entry, path, error.what());
  }
}

RepoStock::Walk RepoStock::walk(std::string_view top) {
  Walk result;
  const std::string base = join_path(tree_.folder, top);
  std::vector<std::string> pending{""};
  while (!pending.empty()) {
    const std::string parent = std::move(pending.back());
    pending.pop_back();
    const std::string shown = join_path(top, parent);
    if (depth_of(parent) > depth_limit) {
      note(FindingCode::name_unsafe, shown,
           "it is deeper than 128 directories; what is below was not counted");
      result.unreadable.push_back(parent);
      continue;
    }
    try {
      const Dir dir = context_.root.open_dir(join_path(base, parent));
      dir.for_each([&](const Dir::Item& item) {
        const std::string path = join_path(parent, item.name);
        if (item.kind == FileKind::directory) return pending.push_back(path);
        if (is_system_file(item.name)) return;
        try {
          result.files.push_back(walked(*this, dir, base, path, item));
        } catch (const Error& error) {
          note_failure(join_path(top, path), error);
          if (!is_absent(error)) result.unreadable.push_back(path);
        }
      });
    } catch (const Error& error) {
      note_failure(shown, error);
      result.unreadable.push_back(parent);
    }
  }
  std::sort(result.files.begin(), result.files.end(),
            [](const WalkedFile& a, const WalkedFile& b) { return a.path < b.path; });
  return result;
}

void RepoStock::for_each_revision(
    const Dir& folder, const std::function<void(const Dir& snapshots, const std::string& name)>& read) {
  try {
    const auto snapshots = folder.find_dir("snapshots");
    if (!snapshots) return;
    for (const std::string& name : snapshots->names()) {
      if (is_system_file(name)) continue;
      const auto status = snapshots->find_status(name);
      if (status && status->kind == FileKind::directory)
        read(*snapshots, name);
      else
        note(FindingCode::stray_entry, "snapshots/" + name, "it is not the directory of a revision");
    }
  } catch (const Error& error) {
    note_failure("snapshots", error);
  }
}

void RepoStock::lack_unread(const Walk& walk) {
  for (const std::string& directory : walk.unreadable)
    lack({"", {}, (directory.empty() ? "the revision" : directory) + " cannot be read"});
}

void RepoStock::begin_revision(std::string commit, std::string_view path) {
  revision_ = {};
  // What is no commit is the name that a user asks for.
  if (!is_commit_id(commit) && commit != unknown_commit) {
    revision_.refs.push_back(commit);
    result_.repo.refs.push_back(commit);
  }
  revision_.commit = std::move(commit);
  revision_.path = context_.root.path_of(join_path(tree_.folder, path));
  in_revision_ = std::make_unique<SeenInodes>();
}

void RepoStock::add(FileInventory file, const Status& status) {
  RepoInventory& repo = result_.repo;
  ++revision_.files;
  if (in_revision_->add(status)) revision_.size += status.size;
  revision_.last_modified = std::max<std::int64_t>(revision_.last_modified, status.modified.tv_sec);
  repo.last_modified = std::max<std::int64_t>(repo.last_modified, status.modified.tv_sec);
  repo.last_accessed = std::max<std::int64_t>(repo.last_accessed, status.accessed.tv_sec);
  if (in_repo_.add(status)) {
    repo.size += status.size;
    ++repo.files;
    if (context_.counted.add(status)) result_.physical += status.size;
    // What a link leads to elsewhere is the space of whoever has it there, in whatever order repos are read.
    if (file.blob.starts_with(repo.path + "/") && context_.seen.add(status))
      repo.allocated += status.allocated;
  }
  if (detail_ == Detail::files) revision_.list.push_back(std::move(file));
}

void RepoStock::lack(LackingFile file) {
  revision_.complete = false;
  if (detail_ == Detail::files) revision_.lacking.push_back(std::move(file));
}

void RepoStock::lack_unreadable(std::string_view top, const WalkedFile& file) {
  const std::string shown = join_path(top, file.path);
  switch (file.kind) {
    case WalkedFile::Kind::broken:
      note(FindingCode::link_broken, shown, "it leads to nothing: " + file.target);
      return lack({file.path, {}, "leads to nothing"});
    case WalkedFile::Kind::outside:
      // Clients follow it, and that may be what was wanted.
      note(FindingCode::link_escapes, Severity::warning, shown,
           "it leads out of the cache, to " + file.target + "; it is not followed");
      return lack({file.path, {}, "leads out of the cache, where it is not looked at"});
    case WalkedFile::Kind::other:
    case WalkedFile::Kind::file:
      return note(FindingCode::stray_entry, shown, "it is not a file");
  }
}

void RepoStock::end_revision() {
  std::sort(revision_.list.begin(), revision_.list.end(),
            [](const FileInventory& a, const FileInventory& b) { return a.path < b.path; });
  result_.repo.revisions.push_back(std::move(revision_));
  revision_ = {};
}

void RepoStock::add_space(const Status& status, Use use) {
  if (!context_.seen.add(status)) return;
  result_.repo.allocated += status.allocated;
  if (use == Use::reclaimable && status.links == 1) result_.repo.reclaimable += status.allocated;
}

std::string RepoStock::content_path(const WalkedFile& file, std::string_view top) const {
  if (!file.target.empty()) return context_.root.path_of(file.target);
  return context_.root.path_of(join_path(join_path(tree_.folder, top), file.path));
}

void RepoStock::absorb(RepoInventory&& other) {
  RepoInventory& repo = result_.repo;
  repo.allocated += other.allocated;
  repo.reclaimable += other.reclaimable;
  std::move(other.findings.begin(), other.findings.end(), std::back_inserter(repo.findings));
}

ScannedRepo RepoStock::finish(const Dir& folder) {
  RepoInventory& repo = result_.repo;
  if (const auto flaw = RepoId::flaw(tree_.id))
    note(FindingCode::name_unsafe, Severity::warning, "", "the repo id has " + std::string(*flaw));
  std::sort(repo.refs.begin(), repo.refs.end());
  std::sort(repo.revisions.begin(), repo.revisions.end(),
            [](const RevisionInventory& a, const RevisionInventory& b) { return a.commit < b.commit; });
  if (repo.last_modified == 0) {
    const Status own = folder.own_status();
    repo.last_accessed = own.accessed.tv_sec;
    repo.last_modified = own.modified.tv_sec;
  }
  return std::move(result_);
}

}  // namespace modelcache
