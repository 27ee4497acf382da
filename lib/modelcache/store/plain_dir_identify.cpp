// SPDX-License-Identifier: Apache-2.0
// The files of a plain directory that no note names, and what a manifest says of them.
#include "modelcache/base/error.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/store/locate.hpp"
#include "modelcache/store/plain_dir_state.hpp"

#include <boost/filesystem/path.hpp>

#include <algorithm>
#include <utility>

namespace modelcache {

void PlainDirSource::State::read_manifest() {
  if (!options.manifest) return;
  const boost::filesystem::path path(real_path(*options.manifest));
  const Dir parent = Dir::open_root(path.parent_path().string());
  const std::string name = path.filename().string();
  manifest_ = parse_manifest(parent.read_file(name, manifest_limit), *options.manifest);
  manifest_status_ = parent.status(name);
}

std::vector<std::size_t> PlainDirSource::State::unnamed(const Snapshot& snapshot) const {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < snapshot.entries.size(); ++i) {
    const auto file = files.find(snapshot.entries[i].path);
    if (!snapshot.entries[i].content && file != files.end() && file->second.flaw.empty()) places.push_back(i);
  }
  return places;
}

// A list of sha256 that has every file in it does not tell large ones from others.
bool PlainDirSource::State::is_selective() const {
  const bool knows_kinds = std::any_of(manifest_->begin(), manifest_->end(),
                                       [](const auto& one) { return one.second.blob_id.has_value(); });
  return knows_kinds || std::any_of(files.begin(), files.end(), [this](const auto& file) {
           return file.second.status.size > 0 && !manifest_->contains(file.first);
         });
}

std::optional<HashKind> PlainDirSource::State::told_kind(const Entry& entry) const {
  if (const ListedFile* listed = listing_ ? listing_->find(entry.path) : nullptr)
    return listed->content().kind();
  const File& file = files.at(entry.path);
  if (const auto noted = file.metadata ? file.metadata->content() : std::nullopt) return noted->kind();
  const auto wanted = manifest_ ? manifest_->find(entry.path) : Manifest::const_iterator();
  if (!manifest_ || wanted == manifest_->end() || entry.size == 0 || !is_selective()) return {};
  if (wanted->second.sha256) return HashKind::sha256;
  return wanted->second.blob_id ? std::optional(HashKind::git_sha1) : std::nullopt;
}

LfsRule PlainDirSource::State::rule() const {
  std::vector<AttributesFile> attributes;
  for (const auto& [path, file] : files)
    if (file.status.kind == FileKind::file) add_attributes(dir, path, path, attributes);
  return make_rule(found_->repo.type(), attributes, options.habit);
}

void PlainDirSource::State::name_contents(Snapshot& snapshot, const IdentifyOptions& how) {
  const std::vector<std::size_t> places = unnamed(snapshot);
  if (places.empty()) return;
  std::vector<UnnamedFile> work;
  for (const std::size_t place : places) {
    const Entry& entry = snapshot.entries[place];
    work.push_back({entry.path, entry.size, told_kind(entry)});
  }
  ContentNaming naming(rule(), [this](const RelPath& path) { return dir.find_file(path); });
  const std::vector<NamedFile> named = naming.name(work, how);
  for (std::size_t i = 0; i < places.size(); ++i) {
    Entry& entry = snapshot.entries[places[i]];
    entry.content = named[i].content;
    entry.size = named[i].size;
    entry.git_oid = named[i].git_oid;
    if (entry.content && entry.content->kind() == HashKind::git_sha1) entry.git_oid = entry.content;
    files.at(entry.path).flaw = named[i].flaw;
  }
  if (auto finding = naming.decision(snapshot.repo.text())) snapshot.findings.push_back(std::move(*finding));
}

void PlainDirSource::State::check_manifest(Snapshot& snapshot, const IdentifyOptions& how) {
  std::vector<Entry> lacking;
  for (const auto& [path, wanted] : *manifest_) {
    if (const Entry* entry = snapshot.find(path)) {
      check_against(wanted, snapshot, *entry, how);
      continue;
    }
    lacking.push_back(
        {path, wanted.size.value_or(0), wanted.sha256 ? wanted.sha256 : wanted.blob_id, {}, {}});
    snapshot.lists_all = false;
  }
  auto& entries = snapshot.entries;
  entries.insert(entries.end(), lacking.begin(), lacking.end());
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
}

void PlainDirSource::State::check_against(const ManifestEntry& wanted, Snapshot& snapshot, const Entry& entry,
                                          const IdentifyOptions& how) {
  const auto file = files.find(entry.path);
  if (file == files.end() || !file->second.flaw.empty() || !entry.content) return;
  std::string is;
  std::string should;
  const auto compare = [&](const std::string& actual, const std::string& expected) {
    if (actual == expected || !is.empty()) return;
    is = actual;
    should = expected;
  };
  if (wanted.size) compare(std::to_string(entry.size) + " bytes", std::to_string(*wanted.size) + " bytes");
  if (wanted.blob_id && entry.git_oid) compare(entry.git_oid->text(), wanted.blob_id->text());
  if (wanted.sha256 && is.empty()) {
    TransferRequest request;
    request.size = entry.size;
    request.source_path = entry.path;
    request.cancelled = how.cancelled;
    const bool is_known = entry.content->kind() == HashKind::sha256;
    const Digest actual =
        is_known ? *entry.content : hash_file(dir.open_file(entry.path), HashKind::sha256, request);
    compare(actual.text(), wanted.sha256->text());
  }
  if (is.empty()) return;
  file->second.flaw = "it is " + is + ", and the manifest says " + should;
  snapshot.findings.push_back(
      make_finding(FindingCode::blob_corrupt, snapshot.repo.text(), entry.path, file->second.flaw));
}

void PlainDirSource::State::identify(Snapshot& snapshot, const IdentifyOptions& how) {
  found();
  const bool is_undecided = !unnamed(snapshot).empty();
  if (is_undecided) {
    name_contents(snapshot, how);
    decide(snapshot);
  }
  if (manifest_) check_manifest(snapshot, how);
  if (is_undecided || manifest_) found_ = snapshot;
}

}  // namespace modelcache
