// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/plain_dir_source.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/store/locate.hpp"
#include "modelcache/store/plain_dir_state.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace modelcache {

namespace {

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return path.substr(0, slash == std::string_view::npos ? 0 : slash);
}

}  // namespace

PlainDirSource::State::State(const std::string& path, PlainDirOptions given)
    : dir(Dir::open_root(absolute_path(path))), options(std::move(given)), record_(bookkeeping.record()) {
  read_manifest();
  if (record_.record) refs_ = record_.record->refs;
  if (refs_.empty()) refs_ = {"main"};
}

RepoId PlainDirSource::State::repo() const {
  if (options.repo) return *options.repo;
  if (!record_.record)
    throw Error(Cause::usage, "nothing in '" + terminal_safe(dir.path()) +
                                  "' tells which repo this is; name it with --repo");
  const RepoId& noted = record_.record->repo;
  return options.repo_type ? RepoId::parse(*options.repo_type, noted.id()) : noted;
}

std::optional<std::string> PlainDirSource::State::lacks(const Entry& entry) {
  found();
  const auto file = files.find(entry.path);
  if (file == files.end()) return "it is not in the directory";
  if (!file->second.flaw.empty()) return file->second.flaw;
  if (!entry.content) return "nothing tells what it is";
  if (file->second.status.size == entry.size) return {};
  return "the directory holds " + std::to_string(file->second.status.size) + " bytes of it";
}

std::uint64_t PlainDirSource::State::remove(const Moved& moved) {
  std::set<Digest> contents;
  for (const Entry& entry : moved.contents) contents.insert(*entry.content);
  std::uint64_t freed = 0;
  std::size_t left = 0;
  std::set<std::string, std::greater<>> directories;  // deeper ones first
  for (const Entry& entry : found().entries) {
    const auto file = files.find(entry.path);
    if (file == files.end()) continue;
    const auto now = or_nothing([&] { return dir.find_status(entry.path); });
    const bool is_same = now && now->size == entry.size && is_same_file(*now, file->second.status);
    if (!is_same || !entry.content || !contents.contains(*entry.content)) {
      ++left;
      continue;
    }
    dir.remove_file(entry.path);
    bookkeeping.forget(entry.path);
    if (now->links == 1) freed += now->allocated;
    for (std::string_view at = entry.path.parent(); !at.empty(); at = parent_of(at)) directories.emplace(at);
  }
  for (const std::string& path : directories) dir.remove_empty_dir(path);
  if (left == 0) bookkeeping.remove();
  return freed;
}

PlainDirSource::PlainDirSource(const std::string& path, PlainDirOptions options)
    : state_(std::make_unique<State>(path, std::move(options))) {}

PlainDirSource::~PlainDirSource() = default;

std::vector<RepoId> PlainDirSource::repos() {
  return {state_->repo()};
}

std::vector<NamedCommit> PlainDirSource::names(const RepoId&) {
  const std::string& commit = state_->found().commit;
  std::vector<NamedCommit> names;
  if (!commit.empty())
    for (const std::string& ref : state_->refs()) names.push_back({ref, commit});
  return names;
}

std::vector<Finding> PlainDirSource::left_out(const RepoId&) {
  return {};
}

Selected PlainDirSource::select(const RepoId&, std::string_view revision) {
  constexpr std::size_t shortest_prefix = 7;
  const std::string& commit = state_->found().commit;
  const auto& refs = state_->refs();
  if (std::find(refs.begin(), refs.end(), revision) != refs.end())
    return {commit, {std::string(revision)}, {}};
  const bool is_prefix = revision.size() >= shortest_prefix && commit.starts_with(revision);
  if (revision.empty() || is_prefix) return {commit, refs, {}};
  throw Error(Cause::not_found, "the directory '" + terminal_safe(state_->dir.path()) +
                                    "' has no revision '" + terminal_safe(revision) + "'");
}

std::string PlainDirSource::default_branch(const RepoId&) {
  const auto& refs = state_->refs();
  return std::find(refs.begin(), refs.end(), "main") != refs.end() ? "main" : "";
}

Snapshot PlainDirSource::snapshot(const RepoId& repo, std::string_view revision) {
  if (!revision.empty()) select(repo, revision);
  Snapshot snapshot = state_->found();
  snapshot.repo = repo;
  for (Finding& finding : snapshot.findings) finding.repo = repo.text();
  return snapshot;
}

void PlainDirSource::identify(const RepoId&, Snapshot& snapshot, const IdentifyOptions& options) {
  state_->identify(snapshot, options);
}

std::optional<std::string> PlainDirSource::lacks(const RepoId&, const Entry& entry) {
  return state_->lacks(entry);
}

Content PlainDirSource::open(const RepoId&, const Entry& entry) {
  const auto flaw = state_->lacks(entry);
  auto file = flaw ? std::nullopt : or_nothing([&] { return state_->dir.find_file(entry.path); });
  if (!file)
    throw_error(Cause::refused, "read", state_->dir.path_of(entry.path), flaw.value_or("it is gone"));
  return {std::move(*file), entry.size, state_->dir.path_of(entry.path), Content::Origin::working_file};
}

std::optional<ContentPlace> PlainDirSource::place(const RepoId&, const Entry& entry) {
  state_->found();
  const auto file = state_->files.find(entry.path);
  if (file == state_->files.end()) return {};
  return ContentPlace{Content::Origin::working_file, file->second.status.device};
}

Freed PlainDirSource::remove(const RepoId&, const Moved& moved) {
  return {state_->remove(moved), {}};
}

}  // namespace modelcache
