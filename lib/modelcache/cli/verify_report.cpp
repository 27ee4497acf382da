// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/verify_report.hpp"

#include "modelcache/base/text.hpp"

#include <fmt/format.h>

namespace modelcache::cli {

namespace {

constexpr std::size_t short_commit = 7;

// As people name it: in a cache the repo and the revision belong to it.
std::string full_name(const VerifiedFile& file) {
  if (!file.is_in_cache) return file.path;
  const std::string revision = file.commit.empty() ? "" : "@" + file.commit.substr(0, short_commit);
  return file.repo + revision + "/" + file.path;
}

std::string verdict(const VerifiedFile& file, bool color) {
  switch (file.status) {
    case VerifyStatus::matched:
      return colored("matched", Color::green, color);
    case VerifyStatus::unmatched:
      return colored("unmatched, please download again", Color::red, color);
    case VerifyStatus::pointer:
      return colored("pointer, please download its content", Color::red, color);
    case VerifyStatus::missing:
      return colored("should download", Color::yellow, color);
    case VerifyStatus::skipped:
      return colored("skipped", Color::green, color);
    case VerifyStatus::extra:
    case VerifyStatus::unverifiable:
      break;
  }
  return std::string(to_string(file.status));
}

}  // namespace

Record record_of(const ShardHead& head) {
  Record record("shard");
  record.number("shard", head.shard.number).number("shards", head.shard.count);
  record.text("version", head.version).text("listing", head.listing).number("files", head.files);
  record.text("checks", head.sizes_only ? "sizes" : "contents");
  record.text("place_is", head.is_of_cache ? "cache" : "repo");
  return record;
}

Record record_of(std::string_view place, const VerifiedFile& file) {
  Record record("file");
  record.path("place", place).path("repo", file.repo);
  record.text_or_null("repo_type", file.type ? to_string(*file.type) : "")
      .text_or_null("commit", file.commit);
  record.path("path", file.path).text("status", to_string(file.status));
  record.text_or_null("expected", file.expected).text_or_null("actual", file.actual);
  if (file.size)
    record.number("size", *file.size);
  else
    record.text_or_null("size", "");
  record.text_or_null("source", to_string(file.origin));
  if (!file.reason.empty()) record.text("reason", file.reason);
  return record;
}

void VerifyReport::begin_shard(const ShardHead& head) {
  is_of_shard_ = true;
  report_.record(record_of(head));
  report_.flush();
}

std::string shown_name(const VerifiedFile& file) {
  return terminal_safe(full_name(file));
}

void VerifyReport::add(const Place& place, const Verification& found) {
  bytes_hashed_ += found.bytes_hashed;
  unchecked_ += found.unchecked;
  is_late_ |= found.is_late;
  for (const Finding& finding : found.findings) report_.finding(finding);
  for (const VerifiedFile& file : found.files)
    if (file.is_checked) add(place.text(), file);
}

void VerifyReport::add(std::string_view place, const VerifiedFile& file) {
  ++counts_.at(static_cast<std::size_t>(file.status));
  if (report_.options().json) {
    Record record = record_of(place, file);
    if (is_of_shard_) record.number("number", file.number);
    report_.record(record);
  }
  const std::string name = shown_name(file);
  const bool is_wanted = is_spoiled(file.status);
  if (!report_.options().null_ends_paths)
    report_.print(fmt::format("{}  {}\n", name, verdict(file, report_.options().color)));
  if (is_wanted && !file.reason.empty()) report_.say(fmt::format("{}: {}", name, terminal_safe(file.reason)));
  if (is_wanted && !report_.options().json) wanted_.push_back(full_name(file));
  if (failing_.contains(file.status)) ++failing_files_;
}

void VerifyReport::mended(const VerifiedFile& file, bool is_moved) {
  restored_ += file.is_restored ? 1 : 0;
  quarantined_ += is_moved ? 1 : 0;
  if (!file.is_restored) return;
  if (failing_.contains(file.status)) --failing_files_;
  whole_again_.insert(full_name(file));
}

void VerifyReport::print_end(const std::string& counts) {
  if (report_.options().null_ends_paths) {
    report_.say(counts);
    for (const std::string& name : wanted_) report_.print_path(name);
    return;
  }
  report_.print(counts + "\n");
  if (!wanted_.empty()) report_.print("should be downloaded:\n");
  for (const std::string& name : wanted_) report_.print("  " + terminal_safe(name) + "\n");
}

void VerifyReport::finish() {
  if (unchecked_ > 0 || failing_files_ > 0) report_.problem();
  std::erase_if(wanted_, [&](const std::string& name) { return whole_again_.contains(name); });
  const std::string counts = fmt::format(
      "{} matched, {} unmatched, {} pointers, {} missing, {} extra, {} skipped, {} unverifiable{}",
      count(VerifyStatus::matched), count(VerifyStatus::unmatched), count(VerifyStatus::pointer),
      count(VerifyStatus::missing), count(VerifyStatus::extra), count(VerifyStatus::skipped),
      count(VerifyStatus::unverifiable),
      unchecked_ > 0
          ? fmt::format(", {} not checked{}", unchecked_, is_late_ ? ": the time limit was reached" : "")
          : std::string());
  const std::string mended =
      mends_ ? fmt::format("\n{} restored, {} moved aside", restored_, quarantined_) : "";
  print_end(counts + mended);
  for (const VerifyStatus status : verify_statuses)
    report_.summary().number(to_string(status), count(status));
  if (mends_) report_.summary().number("restored", restored_).number("quarantined", quarantined_);
  report_.summary().number("unchecked", unchecked_).number("bytes_hashed", bytes_hashed_);
}

}  // namespace modelcache::cli
