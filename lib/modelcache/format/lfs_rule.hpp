// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which files of a plain directory are large ones, named by sha256 and kept by git-lfs, and which are
// regular, named by their git id. Promise: one answer for a path and a size, with the reason for it.

#include "modelcache/base/digest.hpp"
#include "modelcache/format/git_attributes.hpp"
#include "modelcache/model/repo_id.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

// The hub takes no regular file over 10 MiB.
inline constexpr std::uint64_t largest_regular_file = std::uint64_t{10} << 20;  // bytes

// aistudio-sdk 0.3.9 uploads no regular file over 5 MiB.
inline constexpr std::uint64_t largest_regular_upload = std::uint64_t{5} << 20;  // bytes

// Whose habits count where no .gitattributes has a line: the hub's, or those of aistudio-sdk, which goes by
// size alone.
enum class LfsHabit : std::uint8_t { hub, aistudio };

enum class LfsReason : std::uint8_t {
  empty,         // nothing in it: git-lfs makes no pointer of it
  attributes,    // a line of a .gitattributes file says so
  no_attribute,  // the root's .gitattributes has no line for it
  size,          // over largest_regular_file
  hub_default,   // the attributes that the hub gives to a new repo say so
  no_default,    // neither its size nor those attributes make it large
  upload_size,   // over largest_regular_upload, or not: what aistudio-sdk goes by
};
// A phrase for people: ".gitattributes says so".
std::string_view words(LfsReason reason);

struct LfsDecision {
  HashKind kind;  // sha256: large
  LfsReason reason;

  friend bool operator==(const LfsDecision&, const LfsDecision&) = default;
};

// How many files were decided which way, for people.
class LfsDecisions {
 public:
  // Of an empty file there is nothing to decide.
  void add(const LfsDecision& decision);
  std::string text() const;  // "3 large, since .gitattributes says so; 1 regular, since ..."; empty: none

 private:
  std::map<LfsReason, std::array<std::size_t, 2>> counts_;  // regular, large
};

class LfsRule {
 public:
  // `files` are the .gitattributes of the directory; without one at the root, those that the hub gives to a
  // new repo of this type count too.
  LfsRule(RepoType type, const std::vector<GitAttributesText>& files, LfsHabit habit = LfsHabit::hub);

  LfsDecision decide(const RelPath& path, std::uint64_t size) const;

 private:
  GitAttributes attributes_;
  LfsHabit habit_;
  std::optional<GitAttributes> defaults_;  // where there is no .gitattributes at the root
};

}  // namespace modelcache
