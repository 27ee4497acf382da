// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/content_naming.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/hash_engine.hpp"
#include "modelcache/base/threads.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/format/git_file_ids.hpp"
#include "modelcache/format/lfs_pointer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace modelcache {

namespace {

constexpr std::string_view pointer_flaw =
    "it is the text of an LFS pointer, not the content (pointer_text); git lfs pull fetches that";

std::optional<LfsPointer> pointer_in(const Fd& file, std::string& text) {
  text.resize(lfs_pointer_limit);
  ssize_t count = 0;
  while ((count = ::pread(file.get(), text.data(), text.size(), 0)) < 0 && errno == EINTR) {
  }
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return parse_lfs_pointer(text);
}

NamedFile of_pointer(const LfsPointer& pointer, std::string_view text) {
  NamedFile named;
  named.flaw = pointer_flaw;
  // What other programs transformed has another hash than the file that a worktree shows.
  if (!pointer.has_extensions) named.content = pointer.oid;
  named.git_oid = hash_bytes(HashKind::git_sha1, text);
  named.size = pointer.size;
  return named;
}

// Text of a pointer is shorter; what else is so short is read at once in any case.
bool may_be_pointer(const UnnamedFile& file) {
  return file.size > 0 && file.size < lfs_pointer_limit;
}

// Problems of one file are its flaw; those of the run are thrown on.
std::string flaw_of(const Error& error) {
  if (error.cause() != Cause::refused && !is_absent(error)) throw error;
  return error.what();
}

HashKind other_than(HashKind kind) {
  return kind == HashKind::sha256 ? HashKind::git_sha1 : HashKind::sha256;
}

}  // namespace

HashKind ContentNaming::kind_of(const UnnamedFile& file) {
  if (file.kind) return *file.kind;
  // The likelier one first: a file is mostly read once.
  if (!file.git_id.empty()) return file.size > largest_regular_upload ? HashKind::sha256 : HashKind::git_sha1;
  const LfsDecision decision = rule_.decide(file.path, file.size);
  decided_.add(decision);
  return decision.kind;
}

NamedFile ContentNaming::hashed(const UnnamedFile& file, HashKind kind,
                                const IdentifyOptions& options) const {
  NamedFile named;
  named.size = file.size;
  const auto opened = open_(file.path);
  if (!opened) {
    named.flaw = "it is gone";
    return named;
  }
  if (kind == HashKind::sha256 && file.size < lfs_pointer_limit) {
    std::string text;
    if (const auto pointer = pointer_in(*opened, text)) return of_pointer(*pointer, text);
  }
  TransferRequest request;
  request.size = file.size;
  request.source_path = file.path;
  request.cancelled = options.cancelled;
  named.content = hash_file(*opened, kind, request);
  return named;
}

// As a large one first: where a pull never came, the text of a pointer is what the index names.
NamedFile ContentNaming::proved(const UnnamedFile& file, const IdentifyOptions& options) const {
  for (const HashKind kind : {HashKind::sha256, HashKind::git_sha1}) {
    NamedFile named = hashed(file, kind, options);
    if (!named.flaw.empty() || !named.content || is_proved(file, named)) return named;
  }
  return unproved(file);
}

bool ContentNaming::is_proved(const UnnamedFile& file, NamedFile& named) {
  FileHashes hashes{{}, {}, file.size};
  hashes.add(*named.content);
  const auto id = find_id(hashes, file.git_id);
  if (!id) return false;
  named.git_oid = id->id;
  return true;
}

NamedFile ContentNaming::unproved(const UnnamedFile& file) {
  return {{}, {}, file.size, "it is not what the index says, " + file.git_id};
}

NamedFile ContentNaming::named(const UnnamedFile& file, HashKind kind, const IdentifyOptions& options) const {
  try {
    return file.git_id.empty() ? hashed(file, kind, options) : proved(file, options);
  } catch (const Error& error) {
    return {{}, {}, file.size, flaw_of(error)};
  }
}

std::vector<std::size_t> ContentNaming::name_by_hash(const std::vector<UnnamedFile>& files,
                                                     const std::vector<Place>& places,
                                                     const IdentifyOptions& options,
                                                     std::vector<NamedFile>& result) const {
  std::vector<HashTask> tasks;
  tasks.reserve(places.size());
  for (const Place& place : places) tasks.push_back({files[place.index].size, place.kind});
  const auto open = [&](std::size_t i) {
    const RelPath& path = files[places[i].index].path;
    auto opened = open_(path);
    if (!opened) throw Error(Cause::io, "it is gone", ENOENT);
    return OpenedFile{std::move(*opened), std::string(std::string_view(path))};
  };
  std::vector<std::size_t> others;
  const auto done = [&](std::size_t i, const HashOutcome& outcome) {
    const UnnamedFile& file = files[places[i].index];
    NamedFile named{outcome.digest, {}, file.size, outcome.error ? flaw_of(*outcome.error) : ""};
    if (named.content && !file.git_id.empty() && !is_proved(file, named)) {
      named = unproved(file);
      others.push_back(i);
    }
    result[places[i].index] = std::move(named);
  };
  HashEngineOptions engine;
  engine.jobs = options.jobs;
  engine.cancelled = options.cancelled;
  hash_files(tasks, open, done, engine);
  return others;
}

std::vector<NamedFile> ContentNaming::name(const std::vector<UnnamedFile>& files,
                                           const IdentifyOptions& options) {
  std::vector<Place> small;
  std::vector<Place> large;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const HashKind kind = kind_of(files[i]);
    const bool is_looked_into =
        may_be_pointer(files[i]) && (kind == HashKind::sha256 || !files[i].git_id.empty());
    (is_looked_into ? small : large).push_back({i, kind});
  }
  std::vector<NamedFile> result(files.size());
  for_each_in_threads(options.jobs, small.size(), [&](std::size_t i) {
    result[small[i].index] = named(files[small[i].index], small[i].kind, options);
  });
  std::vector<Place> again;
  for (const std::size_t i : name_by_hash(files, large, options, result))
    again.push_back({large[i].index, other_than(large[i].kind)});
  name_by_hash(files, again, options, result);
  return result;
}

std::optional<Finding> ContentNaming::decision(std::string_view repo) const {
  const std::string text = decided_.text();
  if (text.empty()) return {};
  return make_finding(FindingCode::large_decided, repo, "", text);
}

void add_attributes(const Dir& dir, const RelPath& path, std::string_view location,
                    std::vector<AttributesFile>& files) {
  if (path.name() != ".gitattributes") return;
  auto text = or_nothing([&] { return dir.find_content(location, git_attributes_limit); });
  if (text) files.push_back({std::string(path.parent()), std::move(*text)});
}

LfsRule make_rule(RepoType type, const std::vector<AttributesFile>& files, LfsHabit habit) {
  std::vector<GitAttributesText> texts;
  std::transform(files.begin(), files.end(), std::back_inserter(texts), [](const AttributesFile& file) {
    return GitAttributesText{file.directory, file.text};
  });
  return LfsRule(type, texts, habit);
}

}  // namespace modelcache
