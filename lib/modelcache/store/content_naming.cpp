// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/content_naming.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/threads.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/format/lfs_pointer.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <iterator>
#include <mutex>

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
  const LfsDecision decision = rule_.decide(file.path, file.size);
  // Of an empty file there is nothing to decide.
  if (decision.reason != LfsReason::empty)
    ++decided_[decision.reason][decision.kind == HashKind::sha256 ? 1 : 0];
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

NamedFile ContentNaming::named(const UnnamedFile& file, HashKind kind, const IdentifyOptions& options) const {
  try {
    return hashed(file, kind, options);
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
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  run_in_threads(std::min<std::size_t>(options.jobs, files.size()), [&]() noexcept {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      try {
        result[i] = named(files[i], kinds[i], options);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!failure) failure = std::current_exception();
        next = files.size();
      }
    }
  });
  if (failure) std::rethrow_exception(failure);
  return result;
}

std::optional<Finding> ContentNaming::decision(std::string_view repo) const {
  std::string text;
  for (const auto& [reason, counts] : decided_)
    for (const bool large : {true, false})
      if (const std::size_t count = counts[large ? 1 : 0]; count > 0)
        text += (text.empty() ? "" : "; ") + std::to_string(count) + (large ? " large" : " regular") +
                ", since " + std::string(words(reason));
  if (text.empty()) return {};
  return make_finding(FindingCode::large_decided, repo, "", text);
}

LfsRule make_rule(RepoType type, const std::vector<AttributesFile>& files) {
  std::vector<GitAttributesText> texts;
  std::transform(files.begin(), files.end(), std::back_inserter(texts), [](const AttributesFile& file) {
    return GitAttributesText{file.directory, file.text};
  });
  return LfsRule(type, texts);
}

}  // namespace modelcache
