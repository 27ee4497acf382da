// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/verify_state.hpp"

#include "modelcache/base/text.hpp"
#include "modelcache/base/user_file.hpp"

#include <utility>

namespace modelcache {

namespace {

std::optional<VerifyWord> word_of(const VerifiedFile& file) {
  if (file.is_restored) return VerifyWord::matched;
  switch (file.status) {
    case VerifyStatus::matched:
    case VerifyStatus::skipped:
      return VerifyWord::matched;
    case VerifyStatus::unmatched:
    case VerifyStatus::pointer:
      return VerifyWord::unmatched;
    case VerifyStatus::missing:
      return VerifyWord::undownload;
    case VerifyStatus::extra:
    case VerifyStatus::unverifiable:
      break;
  }
  return {};
}

}  // namespace

std::string VerifyState::key(const VerifiedFile& file) {
  if (!file.is_in_cache) return file.path;
  const std::string type(file.type ? to_string(*file.type) : "");
  return type + "/" + file.repo + "@" + file.commit + "/" + file.path;
}

VerifyState::VerifyState(std::string path)
    : path_(std::move(path)),
      words_(parse_verify_words(find_user_file(path_, verify_state_limit).value_or(""), path_)),
      seen_(parse_verify_seen(find_user_file(seen_path(), verify_state_limit).value_or(""), seen_path())) {}

bool VerifyState::is_proved(const VerifiedFile& file, std::optional<std::int64_t> not_before) const {
  const std::string name = key(file);
  const auto word = words_.find(name);
  const auto seen = seen_.find(name);
  if (word == words_.end() || word->second != VerifyWord::matched || seen == seen_.end()) return false;
  if (not_before && seen->second.verified <= *not_before) return false;
  return file.size == seen->second.size && file.modified == seen->second.modified &&
         file.expected == seen->second.expected;
}

void VerifyState::update(const Verification& found, std::int64_t now) {
  for (const VerifiedFile& file : found.files) {
    const std::string name = key(file);
    const auto word = word_of(file);
    // JSON has no form for other names; such a file is read each time.
    if (!file.is_checked || !word || !is_utf8(name)) continue;
    words_[name] = *word;
    if (file.status == VerifyStatus::skipped) continue;
    seen_.erase(name);
    if (file.status == VerifyStatus::matched || file.is_restored)
      seen_[name] = {file.size.value_or(0), file.modified, now, file.expected};
  }
}

void VerifyState::save() const {
  // A word without what was seen is read again; what was seen without the word would not be.
  write_user_file(seen_path(), write_verify_seen(seen_));
  write_user_file(path_, write_verify_words(words_));
}

}  // namespace modelcache
