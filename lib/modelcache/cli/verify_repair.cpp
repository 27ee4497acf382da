// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/verify_repair.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace modelcache::cli {

namespace {

bool is_dry(const Arguments& arguments) {
  return arguments.has("dry-run");
}

// What both records begin with.
Record record_of(std::string_view kind, const Place& place, const VerifiedFile& file) {
  Record record(kind);
  record.path("place", place.text()).path("repo", file.repo);
  record.text_or_null("repo_type", file.type ? to_string(*file.type) : "")
      .text_or_null("commit", file.commit);
  record.path("path", file.path);
  return record;
}

void path_or_null(Record& record, std::string_view key, const std::string& path) {
  if (path.empty())
    record.text_or_null(key, "");
  else
    record.path(key, path);
}

class RepairReport {
 public:
  RepairReport(const Place& place, const Arguments& arguments, Report& report)
      : place_(place), arguments_(arguments), report_(report) {}

  void announce(const RepairPlan& plan) const {
    const auto restored = std::count_if(plan.steps.begin(), plan.steps.end(), [](const RepairStep& step) {
      return step.action == RepairStep::Action::restore;
    });
    const auto moved = std::count_if(plan.steps.begin(), plan.steps.end(),
                                     [](const RepairStep& step) { return step.is_moved; });
    report_.say(fmt::format("{}: {} to mend: {} to be restored ({}), {} to be moved aside",
                            terminal_safe(place_.text()), plan.steps.size(), restored,
                            format_size(plan.bytes_to_write), moved));
  }

  void add(const RepairStep& step, const VerifiedFile& file) const {
    const std::string name = shown_name(file);
    for (const std::string& refused : step.refused) report_.say(fmt::format("{}: {}", name, refused));
    if (arguments_.has("quarantine") && file.status != VerifyStatus::missing) add_move(step, file, name);
    if (arguments_.has("repair-from")) add_repair(step, file, name);
  }

 private:
  void add_move(const RepairStep& step, const VerifiedFile& file, const std::string& name) const {
    Record record = record_of("quarantine", place_, file);
    record.text("action", step.is_moved ? "move" : "none");
    record.text("method", !step.is_moved ? "none" : step.move_method == Method::copy ? "copy" : "rename");
    path_or_null(record, "to", step.is_moved ? step.moved_to : "");
    record.text_or_null("reason", step.is_moved ? "" : step.not_moved);
    report_.record(record);
    if (step.is_moved)
      report_.print(fmt::format("{}  {} {}\n", name, is_dry(arguments_) ? "would be moved to" : "moved to",
                                terminal_safe(step.moved_to)));
    else
      report_.say(name + ": it was not moved: " + terminal_safe(step.not_moved));
  }

  void add_repair(const RepairStep& step, const VerifiedFile& file, const std::string& name) const {
    const bool is_restored = step.action == RepairStep::Action::restore;
    Record record = record_of("repair", place_, file);
    record.text_or_null("expected", file.expected).text("action", to_string(step.action));
    record.text("method", to_string(step.method)).number("bytes", is_restored ? step.bytes : 0);
    path_or_null(record, "from", is_restored ? step.from : "");
    record.text_or_null("reason", is_restored ? "" : step.reason);
    report_.record(record);
    if (!is_restored) return report_.say(name + ": it was not restored: " + terminal_safe(step.reason));
    const std::string words = is_dry(arguments_) ? "would be restored from" : "restored from";
    report_.print(fmt::format("{}  {} {}\n", name, colored(words, Color::green, report_.options().color),
                              terminal_safe(step.from)));
  }

  const Place& place_;
  const Arguments& arguments_;
  Report& report_;
};

RepairRequest request_of(const Place& place, const Arguments& arguments, Context& context) {
  RepairRequest request{.place = place};
  for (const std::string& text : arguments.texts("repair-from")) request.from.push_back(locate(text));
  request.quarantine = arguments.text("quarantine");
  request.allow_foreign_owner = context.allow_foreign_owner();
  request.put.wait = context.wait();
  request.put.cancelled = &context.cancelled();
  request.put.progress = [&context](std::uint64_t bytes) { context.progress().add(bytes); };
  request.search.jobs = context.jobs();
  request.search.cancelled = &context.cancelled();
  request.search.expecting = [&context](std::uint64_t bytes) {
    context.progress().start("searching", bytes);
  };
  request.search.progress = [&context](std::uint64_t bytes) { context.progress().add(bytes); };
  request.starting = [&context](std::string_view path) { context.progress().show(path); };
  return request;
}

// git compares sizes first, and its index has that of the pointer.
bool has_new_contents(const RepairPlan& plan, const Verification& found) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const RepairStep& step) {
    const VerifiedFile& file = found.files[step.file];
    return file.is_restored && file.status == VerifyStatus::pointer && !step.spoiled.is_in_store;
  });
}

}  // namespace

std::vector<OptionSpec> repair_options() {
  return {
      {"repair-from", 0, "PLACE",
       "restore what is unmatched, a pointer or missing from this cache, clone or directory, after its hash "
       "is checked there and in its new place (repeatable)"},
      {"quarantine", 0, "DIR",
       "move what is unmatched or a pointer into DIR, so that it is downloaded again; with --repair-from: "
       "before it is restored"},
      {"dry-run", 'n', "", "with these: show what would be done, and write nothing"},
  };
}

bool wants_repair(const Arguments& arguments) {
  return arguments.has("repair-from") || arguments.has("quarantine");
}

void require_sense_of_repair(const Arguments& arguments) {
  if (arguments.has("dry-run") && !wants_repair(arguments))
    throw Error(Cause::usage, "--dry-run goes with --repair-from or --quarantine; nothing else writes");
  if (wants_repair(arguments) && arguments.has("write-manifest"))
    throw Error(Cause::usage, "--write-manifest tells what was found; run it after the repair");
  if (arguments.text("quarantine") == "") throw Error(Cause::usage, "--quarantine takes a directory");
}

std::unique_ptr<Repair> open_repair(const Place& place, const Arguments& arguments, Context& context) {
  return std::make_unique<Repair>(request_of(place, arguments, context));
}

void mend(const Place& place, Repair& repair, const Arguments& arguments, Verification& found,
          VerifyReport& report, Context& context) {
  const RepairReport told(place, arguments, context.report());
  RepairPlan plan = repair.plan(found);
  context.progress().finish();
  told.announce(plan);
  std::vector<Error> failures;
  if (!is_dry(arguments)) {
    context.progress().start("restoring", plan.bytes_to_write);
    repair.execute(plan, found, failures);
    context.progress().finish();
  }
  for (const RepairStep& step : plan.steps) {
    told.add(step, found.files[step.file]);
    report.mended(found.files[step.file], step.is_moved && !is_dry(arguments));
  }
  if (place.layout == Layout::clone && has_new_contents(plan, found))
    context.report().say(
        "note: git shows a file that was a pointer as modified until 'git add -u' looks at it; that stages "
        "nothing of it");
  for (const Error& failure : failures) context.attempt([&] { throw Error(failure); });
}

}  // namespace modelcache::cli
