// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is known so far of the files of a directory, as two JSON files: the words that people's own scripts
// read and write, {"path": "matched"}, and beside it what has to hold for a word to be believed later.
// Promise: a text that is not wholly understood is refused, with the key.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace modelcache {

inline constexpr std::size_t verify_state_limit = std::size_t{64} << 20;  // bytes of JSON, of either

enum class VerifyWord : std::uint8_t { undownload, matched, unmatched };
using VerifyWords = std::map<std::string, VerifyWord>;  // by path, UTF-8

// Both throw Error(refused) that names the file `name` and the key: for another word, a key that is there
// twice, and what read_json() refuses. An empty text has no words.
VerifyWords parse_verify_words(std::string_view json, std::string_view name);
std::string write_verify_words(const VerifyWords& words);

// When a file was found to be what it should be.
struct VerifySeen {
  std::uint64_t size = 0;     // bytes
  std::int64_t modified = 0;  // nanoseconds since 1970
  std::int64_t verified = 0;  // seconds since 1970
  std::string expected;       // "sha256:..." or "git-sha1:..."

  friend bool operator==(const VerifySeen&, const VerifySeen&) = default;
};
using VerifySeenFiles = std::map<std::string, VerifySeen>;  // by path, UTF-8

VerifySeenFiles parse_verify_seen(std::string_view json, std::string_view name);
std::string write_verify_seen(const VerifySeenFiles& files);

}  // namespace modelcache
