// SPDX-License-Identifier: Apache-2.0
#pragma once

// A problem found in data, as a value. Promise: codes are stable names; docs list each with one sentence.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace modelcache {

enum class Severity : std::uint8_t { note, warning, error };
std::string_view to_string(Severity severity);

enum class FindingCode : std::uint8_t {
  alias_dangling,
  blob_corrupt,
  blob_missing,
  blob_orphan,
  blob_size,
  blob_unverifiable,
  foreign_owner,
  index_duplicate,
  index_extra_keys,
  index_revision,
  index_unreadable,
  index_unsafe,
  large_decided,
  layout_shadowed,
  link_absolute,
  link_broken,
  link_escapes,
  lock_held,
  name_unsafe,
  not_removed,
  partial_download,
  permission_denied,
  pointer_text,
  ref_dangling,
  ref_malformed,
  ref_newline,
  revision_detached,
  revision_incomplete,
  revision_local,
  shared_store_unowned,
  special_file,
  stray_entry,
  tree_unreadable,
  vanished,
};

struct FindingInfo {
  FindingCode code;
  std::string_view name;      // "blob_missing"
  Severity severity;          // where the place that finds it has no reason to say otherwise
  std::string_view sentence;  // for docs and --help
};
// In the order of the enum.
std::span<const FindingInfo> finding_table();
const FindingInfo& info(FindingCode code);

struct Finding {
  FindingCode code;
  Severity severity;
  std::string repo;    // "model/org/name", or empty
  std::string path;    // bytes; relative to the place it was found in
  std::string detail;  // one plain sentence or phrase; may hold any bytes

  friend bool operator==(const Finding&, const Finding&) = default;
};

// A finding with the table's severity.
Finding make_finding(FindingCode code, std::string_view repo, std::string_view path, std::string_view detail);

}  // namespace modelcache
