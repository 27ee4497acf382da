// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether files are what something says they should be. Promise: nothing is written, each content is read at
// most once for each hash that is asked of it, and what cannot be proved is never called damaged.

#include "modelcache/base/error.hpp"
#include "modelcache/format/manifest.hpp"
#include "modelcache/model/finding.hpp"
#include "modelcache/model/repo_id.hpp"
#include "modelcache/ops/verify_shard.hpp"
#include "modelcache/store/evidence.hpp"
#include "modelcache/store/locate.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

enum class VerifyStatus : std::uint8_t {
  matched,
  unmatched,
  missing,
  extra,         // no part of what is expected
  skipped,       // proved before
  unverifiable,  // nothing says what it should be
  pointer,       // an LFS pointer in place of the content
};
inline constexpr std::array<VerifyStatus, 7> verify_statuses{
    VerifyStatus::matched, VerifyStatus::unmatched,    VerifyStatus::missing, VerifyStatus::extra,
    VerifyStatus::skipped, VerifyStatus::unverifiable, VerifyStatus::pointer};
std::string_view to_string(VerifyStatus status);
// Whether it is to be downloaded again, or restored: unmatched, a pointer or missing.
bool is_spoiled(VerifyStatus status);

struct VerifiedFile {
  std::optional<RepoType> type;
  std::string repo;    // "org/name", or empty
  std::string commit;  // or empty
  std::string path;    // relative to the revision or directory
  VerifyStatus status = VerifyStatus::unverifiable;
  std::string expected = {};               // "sha256:...", "git-sha1:...", or empty
  std::string actual = {};                 // the same of what was read; empty where nothing was
  std::optional<std::uint64_t> size = {};  // bytes that are there
  EvidenceOrigin origin = EvidenceOrigin::none;
  std::string reason = {};            // a phrase, where there is more to say
  std::int64_t modified = 0;          // nanoseconds since 1970, of what is there; 0: nothing is
  bool is_in_cache = false;           // repo and commit belong to its name
  bool is_checked = true;             // false: the end came first, and the status means nothing
  std::optional<Digest> sha256 = {};  // of what is there, where it was asked for
  std::uint64_t number = 0;           // its place among all files that are listed
  bool is_restored = false;           // what is there now was put there since, and is what is expected
};

// What all shards of one place have in common.
struct VerifyListing {
  Digest digest;            // listing_digest()
  std::uint64_t files = 0;  // of all shards
  bool is_of_cache = false;
};

// What somebody else says the files of a revision are. What it throws is a failure of this revision alone,
// and what the place itself says stands; but Error(usage) ends all.
using AskManifest = std::function<Manifest(const EvidenceRevision&)>;

struct VerifyRequest {
  Place place;
  EvidenceOptions evidence = {};
  // What the user says the files are, instead of what the place says.
  std::optional<Manifest> manifest = {};
  AskManifest ask_hub = {};    // the same, for each revision; may be empty
  bool wants_spoiled = false;  // Verification::spoiled
  bool wants_sha256 = false;   // of every file of the only revision that is there, also of extra ones
  bool sizes_only = false;     // presence and sizes; nothing is read
  // Only these files; findings of structure belong to the first shard.
  std::optional<Shard> shard = {};
  // Of a shard: called once, before anything is judged or read. May be empty.
  std::function<void(const VerifyListing&)> listed = {};
  // Whether a file needs no reading: it was proved before. May be empty.
  std::function<bool(const VerifiedFile&)> is_proved = {};
  const std::atomic<bool>* cancelled = nullptr;
  // Nothing is read behind it, and no hub asked.
  std::optional<std::chrono::steady_clock::time_point> deadline = {};
  std::function<void(std::uint64_t)> expecting = {};    // bytes to be read
  std::function<void(std::string_view)> starting = {};  // a path, from any thread
  std::function<void(std::uint64_t)> progress = {};     // bytes since the last call, from any thread
};

struct Verification {
  std::vector<VerifiedFile> files;  // by repo, revision and path
  // Unmatched, pointers and missing ones, where that is asked for; their numbers are those of `files`.
  std::vector<SpoiledFile> spoiled;
  std::vector<std::string>
      directories;                // EvidenceRevision::directory of each revision, where spoiled ones are
  std::vector<Finding> findings;  // of structure
  std::vector<Error> failures;    // what could not be read, for other reasons than what it holds
  std::uint64_t bytes_hashed = 0;
  std::uint64_t unchecked = 0;  // files that were not reached before `cancelled` or the deadline
  bool is_late = false;         // the deadline came before the end
};

// Throws what open_evidence() throws, and Error(usage) where there are several revisions and a manifest is of
// one, or is to be made; nothing was hashed then.
Verification verify(const VerifyRequest& request);

}  // namespace modelcache
