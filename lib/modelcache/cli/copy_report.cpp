// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/copy_report.hpp"

#include "modelcache/base/text.hpp"
#include "modelcache/base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace modelcache::cli {

namespace {

struct Counts {
  std::uint64_t written = 0;
  std::uint64_t reused = 0;
  std::uint64_t repeated = 0;  // of those reused: further names of what was written here
  std::uint64_t skipped = 0;
  std::uint64_t blocked = 0;  // of those skipped: another file is in its place
  std::uint64_t bytes_written = 0;
  std::map<std::string_view, std::uint64_t> bytes_by_method;

  void add(const ContentStep& step, Action action) {
    if (action == Action::reuse) ++reused;
    if (action == Action::skip) ++skipped;
    if (step.is_blocked) ++blocked;
    if (action != Action::write) return;
    ++written;
    bytes_written += step.bytes;
    bytes_by_method[to_string(step.method)] += step.entry.size;
  }
};

Record entry_record(const Entry& entry, const ContentStep& step, Action action) {
  Record record("entry");
  record.path("path", entry.path.bytes());
  if (step.is_size_known())
    record.number("size", entry.size);
  else
    record.text_or_null("size", "");
  record.text_or_null("digest", entry.content ? entry.content->text() : "");
  record.text("action", to_string(action))
      .text("method", to_string(action == Action::write ? step.method : Method::none));
  return record;
}

// A content that several names share is written once; the names after the first reuse it.
Counts report_entries(const CopyPlan& plan, const RevisionStep& revision, std::set<std::size_t>& told,
                      Report& report) {
  Counts counts;
  std::set<std::size_t> first_here;
  for (std::size_t i = 0; i < revision.contents.size(); ++i) {
    const std::size_t place = revision.contents[i];
    if (place == RevisionStep::npos) continue;
    const ContentStep& step = plan.contents[place];
    const bool is_first = told.insert(place).second;
    if (is_first) first_here.insert(place);
    const Action action = step.action == Action::write && !is_first ? Action::reuse : step.action;
    counts.add(step, action);
    if (action != step.action && first_here.contains(place)) ++counts.repeated;
    report.record(entry_record(revision.publication.snapshot.entries[i], step, action));
  }
  return counts;
}

Record result_record(const CopyPlan& plan, const RevisionStep& revision, const Counts& counts) {
  const Snapshot& snapshot = revision.publication.snapshot;
  Record record("result");
  record.path("path", revision.path)
      .text("repo", plan.repo.id())
      .text("repo_type", to_string(plan.repo.type()));
  record.text("commit", snapshot.commit).texts("refs", snapshot.refs).number("written", counts.written);
  record.number("reused", counts.reused)
      .number("bytes_written", counts.bytes_written)
      .number("skipped", counts.skipped);
  return record;
}

std::string method_words(const Counts& counts, const RevisionStep& revision) {
  static const std::map<std::string_view, std::string_view> words{{"copy", "copied"},
                                                                  {"reflink", "reflinked"},
                                                                  {"hardlink", "hard-linked"},
                                                                  {"symlink", "linked"},
                                                                  {"none", "written"}};
  std::string text;
  for (const auto& [method, bytes] : counts.bytes_by_method)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", format_size(bytes), words.at(method));
  if (!text.empty()) return text;
  return revision.is_published ? "nothing written" : "only links and refs";
}

std::string skipped_words(const Counts& counts) {
  const std::uint64_t missing = counts.skipped - counts.blocked;
  return (missing > 0 ? fmt::format(", {} missing and left out", missing) : "") +
         (counts.blocked > 0 ? fmt::format(", {} kept as they were", counts.blocked) : "");
}

void say_summary(const CopyPlan& plan, const RevisionStep& revision, const Counts& counts, Run run,
                 Report& report) {
  const Snapshot& snapshot = revision.publication.snapshot;
  std::string refs;
  for (const std::string& ref : snapshot.refs) refs += (refs.empty() ? "" : ", ") + terminal_safe(ref);
  report.say(fmt::format(
      "{}{} {} ({}): {} written{}, {} already there{}; {}", run == Run::dry ? "would publish " : "",
      plan.repo.text(), snapshot.commit.substr(0, 12), refs.empty() ? "no ref" : refs, counts.written,
      counts.repeated > 0 ? fmt::format(" for {} names", counts.written + counts.repeated) : "",
      counts.reused - counts.repeated, skipped_words(counts), method_words(counts, revision)));
}

}  // namespace

void CopyReport::announce(const CopyPlan& plan) {
  for (const std::string& note : plan.notes) report_.say("note: " + note);
  notes_said_ = plan.notes.size();
}

void CopyReport::add(const CopyPlan& plan) {
  std::set<std::size_t> told;
  for (const RevisionStep& revision : plan.revisions) {
    const Counts counts = report_entries(plan, revision, told, report_);
    ++totals_.revisions;
    totals_.written += counts.written;
    totals_.reused += counts.reused;
    totals_.skipped += counts.skipped;
    totals_.bytes_written += counts.bytes_written;
    report_.record(result_record(plan, revision, counts));
    say_summary(plan, revision, counts, run_, report_);
    report_.print_path(revision.path);
  }
  for (const ContentStep* step : plan.missing())
    report_.say("left out: " + terminal_safe(step->entry.path) + "  " + terminal_safe(step->reason));
  for (std::size_t i = notes_said_; i < plan.notes.size(); ++i) report_.say("note: " + plan.notes[i]);
  for (const Finding& finding : plan.findings) report_.finding(finding);
}

void CopyReport::finish() {
  report_.summary()
      .number("revisions", totals_.revisions)
      .number("written", totals_.written)
      .number("reused", totals_.reused);
  report_.summary()
      .number("skipped", totals_.skipped)
      .number("bytes_written", totals_.bytes_written)
      .number("findings", report_.findings());
  report_.summary().boolean("dry_run", run_ == Run::dry);
}

}  // namespace modelcache::cli
