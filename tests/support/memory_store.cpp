// SPDX-License-Identifier: Apache-2.0
#include "support/memory_store.hpp"

#include "modelcache/base/error.hpp"

#include <algorithm>
#include <stdexcept>

namespace modelcache::test {

Entry MemoryFile::entry() const {
  Entry entry{RelPath::parse(path).value(), content.size(), hash_bytes(kind, content), {}, ""};
  entry.git_oid =
      kind == HashKind::git_sha1 ? entry.content : hash_bytes(HashKind::git_sha1, "pointer to " + content);
  return entry;
}

std::vector<RepoId> MemorySource::repos() {
  return {RepoId::parse(RepoType::model, "org/demo")};
}

std::vector<NamedCommit> MemorySource::names(const RepoId&) {
  return known_names;
}

std::string MemorySource::commit_of(std::string_view revision) const {
  std::string wanted(revision.empty() ? std::string_view(head) : revision);
  for (const NamedCommit& name : known_names)
    if (name.name == wanted) return name.commit;
  if (commits.contains(wanted)) return wanted;
  throw Error(Cause::not_found, "no such revision: " + wanted);
}

Selected MemorySource::select(const RepoId&, std::string_view revision) {
  const std::string commit = commit_of(revision);
  const std::string name(revision.empty() ? std::string_view(head) : revision);
  return {commit, name == commit ? std::vector<std::string>() : std::vector{name}, {}};
}

std::string MemorySource::default_branch(const RepoId&) {
  return branch;
}

Snapshot MemorySource::snapshot(const RepoId& repo, std::string_view revision) {
  const std::string commit = commit_of(revision);
  Snapshot snapshot{repo, commit, {}, {}, true, findings};
  for (const MemoryFile& file : commits.at(commit)) snapshot.entries.push_back(file.entry());
  if (tells_contents) return snapshot;
  snapshot.commit.clear();
  for (Entry& entry : snapshot.entries) entry.content.reset();
  return snapshot;
}

void MemorySource::identify(const RepoId&, Snapshot& snapshot, const IdentifyOptions&) {
  if (tells_contents) return;
  snapshot.commit = commit_of("");
  const std::vector<MemoryFile>& files = commits.at(snapshot.commit);
  for (std::size_t i = 0; i < files.size(); ++i) snapshot.entries[i] = files[i].entry();
}

std::string MemorySource::content_of(const Entry& entry) const {
  for (const auto& [commit, files] : commits)
    for (const MemoryFile& file : files)
      if (file.entry().content == entry.content) return file.content;
  throw std::logic_error("a content was asked for that this source never named");
}

std::optional<std::string> MemorySource::lacks(const RepoId&, const Entry& entry) {
  if (!lacking.contains(content_of(entry))) return {};
  return "it was never fetched";
}

Content MemorySource::open(const RepoId&, const Entry& entry) {
  if (opening) opening(entry);
  std::string content = content_of(entry);
  if (const auto found = replaced.find(content); found != replaced.end()) content = found->second;
  const std::uint64_t size = content.size();
  return {std::move(content), size, entry.path.bytes(), Content::Origin::store};
}

Freed MemorySource::remove(const RepoId&, const Moved& moved) {
  Freed freed;
  for (const Entry& entry : moved.contents) {
    removed.push_back(entry.path.bytes());
    freed.bytes += entry.size;
  }
  moved_revisions = moved.revisions;
  return freed;
}

std::string MemorySink::path_of(const Snapshot& snapshot) const {
  return "/memory/" + snapshot.repo.folder() + "/" + snapshot.commit;
}

std::string MemorySink::address(const Entry& entry) const {
  return by_path ? entry.path.bytes() : Sink::address(entry);
}

bool MemorySink::is_blocked(const RepoId&, const Entry& entry, const PutOptions& options) {
  return options.different == PutOptions::Different::kept && blocked.contains(entry.path.bytes());
}

bool MemorySink::holds(const RepoId&, const Entry& entry, const PutOptions&) {
  const auto found = contents.find(entry.content.value());
  return found != contents.end() && found->second.size() == entry.size;
}

Method MemorySink::foresee(const Entry&, const std::optional<ContentPlace>& place,
                           const PutOptions& options) const {
  using Link = PutOptions::Link;
  if (!place || options.link == Link::copy) return Method::copy;
  if (options.link == Link::hardlink) return Method::hardlink;
  if (options.link == Link::symlink) return Method::symlink;
  return options.link == Link::reflink || reflinks ? Method::reflink : Method::copy;
}

bool MemorySink::is_published(const Publication& publication) {
  const auto found = published.find(publication.snapshot.commit);
  if (found == published.end()) return false;
  for (std::size_t i = 0; i < publication.present.size(); ++i)
    if (publication.present[i] && !found->second.present[i]) return false;
  return std::all_of(publication.snapshot.refs.begin(), publication.snapshot.refs.end(),
                     [&](const std::string& ref) { return refs[ref] == publication.snapshot.commit; });
}

bool MemorySink::proves(const RepoId&, const Entry& entry) {
  const auto found = contents.find(entry.content.value());
  return found != contents.end() && hash_bytes(entry.content->kind(), found->second) == *entry.content;
}

void MemorySink::prepare(const RepoId&, std::chrono::milliseconds) {
  record.emplace_back("prepare");
}

PutResult MemorySink::put(const RepoId& repo, const Entry& entry, Content content,
                          const PutOptions& options) {
  if (putting) putting(entry);
  const std::string& bytes = std::get<std::string>(content.from);
  if (options.progress) options.progress(bytes.size());
  const std::scoped_lock lock(mutex_);
  record.push_back("put " + entry.path.bytes());
  if (holds(repo, entry, options)) return {};
  const bool is_right = options.verify == PutOptions::Verify::size
                            ? bytes.size() == entry.size
                            : hash_bytes(entry.content->kind(), bytes) == *entry.content;
  if (!is_right)
    throw Error(Cause::refused, "cannot take '" + entry.path.bytes() + "': it is something else");
  contents[*entry.content] = bytes;
  return {true, Method::copy, bytes.size()};
}

std::vector<Finding> MemorySink::publish(const Publication& publication) {
  const Snapshot& snapshot = publication.snapshot;
  record.push_back("publish " + snapshot.commit);
  for (std::size_t i = 0; i < snapshot.entries.size(); ++i)
    if (publication.present.at(i) && !contents.contains(*snapshot.entries[i].content))
      throw std::logic_error("published without " + snapshot.entries[i].path.bytes());
  published.insert_or_assign(snapshot.commit, publication);
  for (const std::string& ref : snapshot.refs) refs[ref] = snapshot.commit;
  return findings;
}

}  // namespace modelcache::test
