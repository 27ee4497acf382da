// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/verify_merge.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/file_reading.hpp"
#include "modelcache/base/text.hpp"

#include <algorithm>
#include <map>
#include <queue>
#include <utility>

namespace modelcache {

namespace {

// Of all reports.
constexpr std::size_t blocks_size = std::size_t{16} << 20;
constexpr std::size_t largest_block = std::size_t{64} << 10;
constexpr std::size_t smallest_block = std::size_t{4} << 10;
// Nobody reads on, and nobody runs a million shards again by hand.
constexpr std::size_t most_told = 100;

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
  std::string all;
  for (std::size_t i = 0; i < std::min(texts.size(), most_told); ++i) {
    if (i > 0) all += between;
    all += texts[i];
  }
  if (texts.size() > most_told)
    all += std::string(between) + "and " + std::to_string(texts.size() - most_told) + " more";
  return all;
}

std::string quoted(const ShardReport& report) {
  return "'" + terminal_safe(report.path()) + "'";
}

// What two reports, each of them whole, do not have in common; empty: all.
std::string difference(const ShardHead& one, const ShardHead& other) {
  if (one.version != other.version)
    return "of different versions, " + terminal_safe(one.version) + " and " + terminal_safe(other.version);
  if (one.sizes_only != other.sizes_only) return "with --quick and without";
  if (one.shard.count != other.shard.count)
    return "of " + std::to_string(one.shard.count) + " and of " + std::to_string(other.shard.count) +
           " shards";
  if (one.listing != other.listing || one.files != other.files || one.is_of_cache != other.is_of_cache)
    return "of different trees, or of one that was changed between the runs";
  return {};
}

// Each shard that no whole report is of.
std::vector<std::string> gaps(const std::vector<ShardReport>& reports,
                              const std::vector<std::string>& flaws) {
  std::map<std::uint64_t, bool> is_whole;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < reports.size(); ++i)
    if (const auto& head = reports[i].head()) {
      count = head->shard.count;
      is_whole[head->shard.number] |= flaws[i].empty();
    }
  std::vector<std::string> texts;
  for (std::uint64_t number = 1; number <= count; ++number) {
    const auto found = is_whole.find(number);
    if (found == is_whole.end() || !found->second) texts.push_back("--shard " + Shard{number, count}.text());
  }
  return texts;
}

}  // namespace

void ShardReport::begin() {
  lines_.rewind();
  head_.reset();
  summary_ = counted_ = {};
  last_file_.reset();
  ReportLine first = line("it is empty: the run was killed at once");
  if (const auto* summary = std::get_if<ReportSummary>(&first))
    lines_.refuse("the run ended with " + std::to_string(summary->status) +
                  " before it had listed the files");
  if (!std::holds_alternative<ShardHead>(first))
    lines_.refuse("it is no shard record: this is no report of verify-sha --shard K/N --json");
  head_ = std::get<ShardHead>(std::move(first));
}

std::optional<ReportLine> ShardReport::next() {
  ReportLine read = line("it ends without a summary: the run was killed");
  if (std::holds_alternative<ShardHead>(read)) lines_.refuse("a second shard record");
  if (const auto* finding = std::get_if<Finding>(&read)) take(*finding);
  if (auto* file = std::get_if<ReportedFile>(&read)) {
    take(*file);
    file->file.is_in_cache = head_->is_of_cache;
  }
  if (const auto* summary = std::get_if<ReportSummary>(&read)) {
    take(*summary);
    return {};
  }
  return read;
}

// `missing`: what it means that there is no more.
ReportLine ShardReport::line(std::string_view missing) {
  const auto text = lines_.next();
  if (!text) throw_error(Cause::refused, "take", path(), missing);
  ReportLine read;
  if (const JsonFlaw flaw = parse_report_line(*text, read)) lines_.refuse(terminal_safe(*flaw));
  return read;
}

void ShardReport::take(const Finding&) {
  if (head_->shard.number != 1) lines_.refuse("a finding, which only the first shard tells");
  if (last_file_) lines_.refuse("a finding behind files");
}

void ShardReport::take(const ReportedFile& file) {
  const std::uint64_t number = file.file.number;
  if (number >= head_->files) lines_.refuse("there is no file " + std::to_string(number));
  if (last_file_ && number <= *last_file_) lines_.refuse("the files are not in order");
  last_file_ = number;
  ++counted_.counts.at(static_cast<std::size_t>(file.file.status));
}

void ShardReport::take(const ReportSummary& summary) {
  if (summary.status > 1)
    lines_.refuse("the run ended with " + std::to_string(summary.status) + ", which is no verdict");
  if (summary.unchecked > 0)
    lines_.refuse("the run left " + std::to_string(summary.unchecked) + " files unchecked");
  if (summary.counts != counted_.counts) lines_.refuse("the files are not as many as the summary says");
  if (lines_.next()) lines_.refuse("something follows the summary");
  summary_ = summary;
}

VerifyMerge::VerifyMerge(const std::vector<std::string>& paths, const std::atomic<bool>* cancelled)
    : cancelled_(cancelled) {
  const std::size_t block =
      std::clamp(blocks_size / std::max<std::size_t>(paths.size(), 1), smallest_block, largest_block);
  for (const std::string& path : paths) reports_.emplace_back(path, block);
  std::vector<std::string> flaws(paths.size());
  std::uint64_t told = 0;
  for (std::size_t i = 0; i < reports_.size(); ++i) try {
      for (reports_[i].begin(); reports_[i].next();) check_cancelled(cancelled_);
      for (const std::uint64_t count : reports_[i].summary().counts) told += count;
    } catch (const Error& error) {
      if (error.cause() != Cause::refused && error.cause() != Cause::not_found) throw;
      flaws[i] = error.what();
    }
  require_whole(flaws);
  const std::uint64_t files = reports_.empty() ? 0 : reports_.front().head()->files;
  if (told != files)
    throw Error(Cause::refused, "cannot merge the reports: they tell of " + std::to_string(told) + " of " +
                                    std::to_string(files) + " files");
}

void VerifyMerge::require_whole(const std::vector<std::string>& flaws) const {
  std::vector<std::string> wrong;
  bool belong_together = true;
  const ShardReport* first = nullptr;
  std::map<std::uint64_t, const ShardReport*> by_number;
  for (std::size_t i = 0; i < reports_.size(); ++i) {
    const ShardReport& report = reports_[i];
    if (!flaws[i].empty()) wrong.push_back(flaws[i]);
    if (!report.head()) continue;
    const Shard& shard = report.head()->shard;
    const auto [before, is_new] = by_number.emplace(shard.number, &report);
    if (!is_new)
      wrong.push_back(quoted(*before->second) + " and " + quoted(report) + " are both of shard " +
                      shard.text());
    if (!flaws[i].empty()) continue;
    if (first == nullptr) first = &report;
    const std::string text = difference(*first->head(), *report.head());
    if (text.empty()) continue;
    belong_together = false;
    wrong.push_back(quoted(*first) + " and " + quoted(report) + " are " + text);
  }
  const std::vector<std::string> again = belong_together ? gaps(reports_, flaws) : std::vector<std::string>();
  if (wrong.empty() && again.empty()) return;
  std::string message = "cannot merge the reports: ";
  message += wrong.empty() ? "some are missing" : joined(wrong, "; ");
  if (!again.empty()) message += "; run again: " + joined(again, ", ");
  throw Error(Cause::refused, message);
}

void VerifyMerge::visit(const Visitor& visitor) {
  std::vector<ReportedFile> heads(reports_.size());
  using Head = std::pair<std::uint64_t, std::size_t>;  // number of a file, report
  std::priority_queue<Head, std::vector<Head>, std::greater<>> order;
  const auto advance = [&](std::size_t i) {
    while (auto read = reports_[i].next()) {
      if (auto* file = std::get_if<ReportedFile>(&*read)) {
        order.emplace(file->file.number, i);
        heads[i] = std::move(*file);
        return;
      }
      visitor.finding(std::get<Finding>(*read));
    }
  };
  for (std::size_t i = 0; i < reports_.size(); ++i) {
    reports_[i].begin();
    advance(i);
  }
  for (std::uint64_t expected = 0; !order.empty(); ++expected) {
    check_cancelled(cancelled_);
    const auto [number, i] = order.top();
    order.pop();
    if (number != expected)
      throw_error(Cause::refused, "merge", reports_[i].path(),
                  "file " + std::to_string(std::min(number, expected)) + " is told by no report, or by two");
    visitor.file(heads[i]);
    advance(i);
  }
}

std::uint64_t VerifyMerge::bytes_hashed() const {
  return sum(&ReportSummary::bytes_hashed);
}

std::uint64_t VerifyMerge::seconds() const {
  return sum(&ReportSummary::seconds);
}

std::uint64_t VerifyMerge::sum(std::uint64_t ReportSummary::*part) const {
  std::uint64_t all = 0;
  for (const ShardReport& report : reports_) all += report.summary().*part;
  return all;
}

}  // namespace modelcache
