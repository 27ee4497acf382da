// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/content_naming.hpp"

#include "modelcache/base/error.hpp"
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

}  // namespace

HashKind ContentNaming::kind_of(const UnnamedFile& file) {
  if (file.kind) return *file.kind;
  if (!file.git_id.empty()) return HashKind::git_sha1;  // proved() finds out
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

// The likelier kind first: a file is mostly read once.
NamedFile ContentNaming::proved(const UnnamedFile& file, const IdentifyOptions& options) const {
  // As a large one first, too, what may be the text of a pointer: where a pull never came, that is what the
  // index names.
  const bool may_be_pointer = file.size > 0 && file.size < lfs_pointer_limit;
  const bool is_large_first = may_be_pointer || file.size > largest_regular_upload;
  for (const bool large : {is_large_first, !is_large_first}) {
    NamedFile named = hashed(file, large ? HashKind::sha256 : HashKind::git_sha1, options);
    if (!named.flaw.empty() || !named.content) return named;
    FileHashes hashes{{}, {}, file.size};
    (large ? hashes.sha256 : hashes.git) = named.content;
    const auto id = find_id(hashes, file.git_id);
    if (!id) continue;
    named.git_oid = id->id;
    return named;
  }
  return {{}, {}, file.size, "it is not what the index says, " + file.git_id};
}

NamedFile ContentNaming::named(const UnnamedFile& file, HashKind kind, const IdentifyOptions& options) const {
  try {
    return file.git_id.empty() ? hashed(file, kind, options) : proved(file, options);
  } catch (const Error& error) {
    if (error.cause() != Cause::refused && !is_absent(error)) throw;
    return {{}, {}, file.size, error.what()};
  }
}

std::vector<NamedFile> ContentNaming::name(const std::vector<UnnamedFile>& files,
                                           const IdentifyOptions& options) {
  std::vector<HashKind> kinds;
  std::transform(files.begin(), files.end(), std::back_inserter(kinds),
                 [this](const UnnamedFile& file) { return kind_of(file); });
  std::vector<NamedFile> result(files.size());
  for_each_in_threads(options.jobs, files.size(),
                      [&](std::size_t i) { result[i] = named(files[i], kinds[i], options); });
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
