// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether files are what something says they should be. Promise: nothing is written, each content is read at
// most once for each hash that is asked of it, and what cannot be proved is never called damaged.

#include "modelcache/base/error.hpp"
#include "modelcache/format/manifest.hpp"
#include "modelcache/model/finding.hpp"
#include "modelcache/model/repo_id.hpp"
#include "modelcache/store/evidence.hpp"
#include "modelcache/store/locate.hpp"

#include <atomic>
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
std::string_view to_string(VerifyStatus status);

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
  bool is_checked = true;             // false: `cancelled` came first, and the status means nothing
  std::optional<Digest> sha256 = {};  // of what is there, where it was asked for
};

// What somebody else says the files of a revision are. What it throws is a failure of this revision alone,
// and what the place itself says stands; but Error(usage) ends all.
using AskManifest = std::function<Manifest(const EvidenceRevision&)>;

struct VerifyRequest {
  Place place;
  EvidenceOptions evidence = {};
  // What the user says the files are, instead of what the place says.
  std::optional<Manifest> manifest = {};
  AskManifest ask_hub = {};   // the same, for each revision; may be empty
  bool wants_sha256 = false;  // of every file of the only revision that is there, also of extra ones
  bool sizes_only = false;    // presence and sizes; nothing is read
  // Whether a file needs no reading: it was proved before. May be empty.
  std::function<bool(const VerifiedFile&)> is_proved = {};
  const std::atomic<bool>* cancelled = nullptr;
  std::function<void(std::uint64_t)> expecting = {};    // bytes to be read
  std::function<void(std::string_view)> starting = {};  // a path, from any thread
  std::function<void(std::uint64_t)> progress = {};     // bytes since the last call, from any thread
};

struct Verification {
  std::vector<VerifiedFile> files;  // by repo, revision and path
  std::vector<Finding> findings;    // of structure
  std::vector<Error> failures;      // what could not be read, for other reasons than what it holds
  std::uint64_t bytes_hashed = 0;
  std::uint64_t unchecked = 0;  // files that were not reached when `cancelled` was set
};

// Throws what open_evidence() throws, and Error(usage) where there are several revisions and a manifest is of
// one, or is to be made; nothing was hashed then.
Verification verify(const VerifyRequest& request);

}  // namespace modelcache
