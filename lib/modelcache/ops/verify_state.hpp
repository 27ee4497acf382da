// SPDX-License-Identifier: Apache-2.0
#pragma once

// What earlier runs proved (--state FILE): FILE itself, and FILE.seen beside it. Promise: a file counts as
// proved only while its size and time are those that were noted, and the same is expected of it; both are
// replaced as a whole, so a run that dies loses what it found, not what was there.

#include "modelcache/format/verify_state.hpp"
#include "modelcache/ops/verify.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace modelcache {

class VerifyState {
 public:
  // Throws Error(refused) for a file that is there and is no state; where none is there it begins empty.
  explicit VerifyState(std::string path);

  // The two files, which are no files of the directory that is verified.
  std::vector<std::string> paths() const { return {path_, seen_path()}; }
  // `not_before`: Unix seconds; what was proved then or earlier does not count.
  bool is_proved(const VerifiedFile& file, std::optional<std::int64_t> not_before) const;
  // Takes over what a run found; of files that it did not reach the old word stays.
  void update(const Verification& found, std::int64_t now);
  // Throws Error(io).
  void save() const;

  // By which a file is known here: its path, in a cache with repo and commit in front.
  static std::string key(const VerifiedFile& file);

 private:
  std::string seen_path() const { return path_ + ".seen"; }

  std::string path_;
  VerifyWords words_;
  VerifySeenFiles seen_;
};

}  // namespace modelcache
