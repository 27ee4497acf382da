// SPDX-License-Identifier: Apache-2.0
#pragma once

// A line of what verify-sha --shard --json says. Promise: a line that is taken has every key that joining
// reports needs, each of its type and with a word that is known; what it holds is data, however it came
// there.

#include "modelcache/format/json_text.hpp"
#include "modelcache/model/finding.hpp"
#include "modelcache/ops/verify.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace modelcache {

// More than two paths of any bytes and what else a line holds.
inline constexpr std::size_t longest_report_line = std::size_t{256} << 10;

// The first line: which shard of what.
struct ShardHead {
  Shard shard;
  std::string version;      // of the program
  std::string listing;      // "sha256:..."
  std::uint64_t files = 0;  // of all shards
  bool sizes_only = false;
  bool is_of_cache = false;

  friend bool operator==(const ShardHead&, const ShardHead&) = default;
};

struct ReportedFile {
  std::string place;
  VerifiedFile file;
};

// The last line.
struct ReportSummary {
  std::uint64_t status = 0;
  std::array<std::uint64_t, verify_statuses.size()> counts{};  // in the order of the enum
  std::uint64_t unchecked = 0;
  std::uint64_t bytes_hashed = 0;
  std::uint64_t seconds = 0;
};

using ReportLine = std::variant<ShardHead, Finding, ReportedFile, ReportSummary>;

// Fills `read`, or says why not; the reason may hold any bytes.
JsonFlaw parse_report_line(std::string_view line, ReportLine& read);

}  // namespace modelcache
