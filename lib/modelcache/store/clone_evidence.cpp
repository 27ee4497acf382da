// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/clone_evidence.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/file_reading.hpp"
#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/format/line_ends.hpp"
#include "modelcache/store/plain_dir_walk.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <span>
#include <utility>
#include <variant>

namespace modelcache {

namespace {

// As `git lfs` shows them; where the store lies elsewhere, too.
constexpr std::string_view objects_prefix = ".git/lfs/objects/";

LfsCloneOptions clone_options(const EvidenceOptions& options) {
  LfsCloneOptions chosen;
  if (options.allow_foreign_owner) chosen.foreign_owner = ForeignOwner::allowed;
  return chosen;
}

Expectation expectation_of(const Entry& entry) {
  const bool is_large = entry.content->kind() == HashKind::sha256;
  return {is_large ? EvidenceOrigin::pointer : EvidenceOrigin::git, entry.content, {}, entry.size};
}

std::string bytes_of(Content content) {
  if (auto* bytes = std::get_if<std::string>(&content.from)) return std::move(*bytes);
  std::string bytes(content.size, '\0');
  read_exactly(std::get<Fd>(content.from), std::as_writable_bytes(std::span(bytes)), 0, content.path);
  return bytes;
}

}  // namespace

CloneEvidence::CloneEvidence(const std::string& path, const EvidenceOptions& options)
    : options_(options), clone_(path, clone_options(options)) {}

// Which repo it is does not matter for what the files should be.
Snapshot CloneEvidence::head(EvidenceRevision& revision) {
  RepoId repo = RepoId::parse(RepoType::model, "clone");
  try {
    repo = clone_.repos().front();
    revision.type = repo.type();
    revision.repo = repo.id();
  } catch (const Error& error) {
    if (error.cause() != Cause::usage) throw;
  }
  const Selected selected = clone_.select(repo, "HEAD");
  revision.commit = selected.commit;
  Snapshot snapshot = clone_.snapshot(repo, selected.commit);
  if (clone_.worktree() != nullptr) read_attributes(repo, snapshot);
  return snapshot;
}

void CloneEvidence::read_attributes(const RepoId& repo, const Snapshot& snapshot) {
  std::deque<std::string> texts;
  std::vector<GitAttributesText> files;
  for (const Entry& entry : snapshot.entries) {
    if (entry.path.name() != ".gitattributes" || entry.content->kind() != HashKind::git_sha1 ||
        entry.mode == FileMode::link || entry.size > git_attributes_limit || clone_.lacks(repo, entry))
      continue;
    texts.push_back(bytes_of(clone_.open(repo, entry)));
    files.push_back({std::string(entry.path.parent()), texts.back()});
  }
  attributes_ = GitAttributes(files);
}

// A rule adds a byte to a line at most: what is longer is not read.
bool CloneEvidence::has_other_line_ends(const Entry& entry, const Status& status) const {
  if (entry.content->kind() != HashKind::git_sha1 || status.size <= entry.size ||
      status.size / 2 > entry.size)
    return false;
  const LineEnds rule = attributes_.line_ends(entry.path);
  try {
    return rule != LineEnds::kept && is_content_by(rule, entry, status);
  } catch (const Error&) {
    // Who reads all files meets it again, and tells.
    return false;
  }
}

bool CloneEvidence::is_content_by(LineEnds rule, const Entry& entry, const Status& status) const {
  const auto file = clone_.worktree()->find_file(entry.path);
  if (!file) return false;
  LineEndConversion conversion;
  Hasher hasher(HashKind::git_sha1, entry.size);
  std::string piece(std::size_t{256} << 10, '\0');
  for (std::uint64_t at = 0; at < status.size;) {
    piece.resize(std::min<std::uint64_t>(piece.size(), status.size - at));
    read_exactly(*file, std::as_writable_bytes(std::span(piece)), at, clone_.worktree()->path_of(entry.path));
    hasher.update(conversion.convert(piece));
    at += piece.size();
  }
  hasher.update(conversion.finish());
  return hasher.finish() == *entry.content && !(rule == LineEnds::automatic && conversion.is_binary());
}

Evidence CloneEvidence::read() {
  EvidenceRevision revision;
  const Snapshot snapshot = head(revision);
  if (clone_.worktree() != nullptr) add_worktree(snapshot, revision);
  EvidenceRevision objects{revision.type, revision.repo, "", {}};
  objects.is_store = true;
  add_objects(snapshot, objects);
  for (EvidenceRevision* one : {&revision, &objects}) {
    std::sort(one->files.begin(), one->files.end(),
              [](const EvidenceFile& a, const EvidenceFile& b) { return a.path < b.path; });
    if (!one->files.empty()) evidence_.revisions.push_back(std::move(*one));
  }
  return std::move(evidence_);
}

void CloneEvidence::add_worktree(const Snapshot& snapshot, EvidenceRevision& revision) {
  for (const Entry& entry : snapshot.entries) add_tracked(entry, revision);
  for (const FoundFile& file : walk_files(*clone_.worktree())) {
    if (snapshot.find(file.path) != nullptr) continue;
    EvidenceFile one{file.path.bytes(), EvidenceFile::State::extra};
    if (file.status.kind == FileKind::file)
      one.content = add_content(*clone_.worktree(), file.path.bytes(), file.status);
    revision.files.push_back(std::move(one));
  }
}

void CloneEvidence::add_tracked(const Entry& entry, EvidenceRevision& revision) {
  const Dir& worktree = *clone_.worktree();
  EvidenceFile one{entry.path.bytes(), EvidenceFile::State::missing, {}, expectation_of(entry)};
  one.reason = "it is not in the worktree";
  one.mode = entry.mode;
  try {
    const auto status = worktree.find_status(entry.path);
    if (status && status->kind == FileKind::file) {
      one.state =
          has_other_line_ends(entry, *status) ? EvidenceFile::State::proved : EvidenceFile::State::present;
      one.reason.clear();
      one.content = add_content(worktree, entry.path.bytes(), *status);
    } else if (status) {
      const auto text = entry.mode == FileMode::link ? worktree.find_link(entry.path) : std::nullopt;
      const bool is_same = text && hash_bytes(entry.content->kind(), *text) == *entry.content;
      one.state = is_same ? EvidenceFile::State::proved : EvidenceFile::State::unreadable;
      one.reason = is_same ? "" : text ? "its link leads elsewhere" : "it is no file";
    }
  } catch (const Error& error) {
    if (error.cause() != Cause::refused && !is_absent(error)) throw;
    one.state = EvidenceFile::State::unreadable;
    one.reason = error.what();
  }
  revision.files.push_back(std::move(one));
}

// As `git lfs fsck`, whatever the worktree has.
void CloneEvidence::add_objects(const Snapshot& snapshot, EvidenceRevision& objects) {
  for (const Dir* store : clone_.object_stores()) add_stored(*store, objects);
  add_unstored(snapshot, objects);
}

void CloneEvidence::add_stored(const Dir& store, EvidenceRevision& objects) {
  for (const FoundFile& found : walk_files(store)) {
    const auto oid = Digest::parse(HashKind::sha256, found.path.name());
    if (!oid || lfs_object_path(*oid) != found.path.bytes()) continue;
    EvidenceFile file{std::string(objects_prefix) + found.path.bytes(),
                      EvidenceFile::State::unreadable,
                      {},
                      {EvidenceOrigin::blob_name, oid}};
    if (found.status.kind == FileKind::file) {
      file.state = EvidenceFile::State::present;
      file.content = add_content(store, found.path.bytes(), found.status);
    } else {
      file.reason = "it is no file";
    }
    objects.files.push_back(std::move(file));
  }
}

void CloneEvidence::add_unstored(const Snapshot& snapshot, EvidenceRevision& objects) {
  std::set<std::string> there;
  for (const EvidenceFile& file : objects.files) there.insert(file.path);
  for (const Entry& entry : snapshot.entries) {
    if (entry.content->kind() != HashKind::sha256) continue;
    const std::string path = std::string(objects_prefix) + lfs_object_path(*entry.content);
    if (there.insert(path).second)
      objects.files.push_back({path,
                               EvidenceFile::State::missing,
                               {},
                               expectation_of(entry),
                               "it is not in the clone's LFS store"});
  }
}

std::size_t CloneEvidence::add_content(const Dir& dir, const std::string& path, const Status& status) {
  const auto stores = clone_.object_stores();
  const auto at = std::find(stores.begin(), stores.end(), &dir);
  // The number in front: 0 is the worktree.
  const auto number = at == stores.end() ? 0 : at - stores.begin() + 1;
  return contents_.add(std::to_string(number) + ":" + path, status);
}

CloneEvidence::Location CloneEvidence::location_of(const EvidenceContent& content) const {
  const std::size_t colon = content.place.find(':');
  const std::size_t number = std::stoul(content.place.substr(0, colon));
  return {number == 0 ? clone_.worktree() : clone_.object_stores()[number - 1],
          content.place.substr(colon + 1)};
}

std::optional<Fd> CloneEvidence::open(const EvidenceContent& content) const {
  const Location location = location_of(content);
  return location.dir->find_file(location.path);
}

std::string CloneEvidence::path_of(const EvidenceContent& content) const {
  const Location location = location_of(content);
  return location.dir->path_of(location.path);
}

}  // namespace modelcache
