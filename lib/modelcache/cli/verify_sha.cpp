// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/verify_sha.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/cli/app.hpp"
#include "modelcache/cli/repo_option.hpp"
#include "modelcache/cli/verify_merge.hpp"
#include "modelcache/cli/verify_repair.hpp"
#include "modelcache/cli/verify_report.hpp"
#include "modelcache/format/unicode_form.hpp"
#include "modelcache/ops/verify_hub.hpp"
#include "modelcache/ops/verify_manifest.hpp"
#include "modelcache/ops/verify_state.hpp"
#include "modelcache/store/open.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace modelcache::cli {

namespace {

using Clock = std::chrono::steady_clock;

std::vector<Place> places_of(const Arguments& arguments, Context& context) {
  std::vector<Place> places;
  if (arguments.positional().empty()) return {locate(".")};
  for (const std::string& text : arguments.positional())
    context.attempt([&] { places.push_back(locate(text)); });
  return places;
}

std::set<VerifyStatus> failing_statuses(const Arguments& arguments) {
  std::set<VerifyStatus> failing{VerifyStatus::unmatched, VerifyStatus::pointer};
  const std::string words = arguments.text("fail-on").value_or("missing");
  for (std::size_t at = 0; at <= words.size();) {
    const std::size_t comma = std::min(words.find(',', at), words.size());
    const std::string word = words.substr(at, comma - at);
    if (word == "missing")
      failing.insert(VerifyStatus::missing);
    else if (word == "extra")
      failing.insert(VerifyStatus::extra);
    else if (!word.empty())
      throw Error(Cause::usage,
                  "--fail-on takes missing, extra, or both with a comma, not '" + terminal_safe(word) + "'");
    at = comma + 1;
  }
  return failing;
}

std::vector<RepoRevision> wanted_repos(const Arguments& arguments) {
  std::vector<RepoRevision> repos;
  for (const std::string& text : arguments.texts("repo"))
    repos.push_back(parse_repo(text, repo_type(arguments)));
  return repos;
}

// In a cache --repo chooses what is verified; of a clone or directory, with --hub, it says what that is.
void use_repos(const std::vector<RepoRevision>& repos, const Arguments& arguments, Context& context,
               VerifyRequest& request) {
  VerifyHub hub;
  hub.cancelled = &context.cancelled();
  if (const auto age = arguments.age("timeout")) hub.time = *age;
  if (has_repos(request.place) || !arguments.has("hub")) {
    request.evidence.repos = repos;
  } else if (!repos.empty()) {
    if (repos.size() > 1) throw Error(Cause::usage, "a directory or clone is one repo: --repo once");
    hub.repo = repos.front();
  }
  if (arguments.has("hub")) request.ask_hub = ask_hub(request.place.layout, hub);
}

// Options that say nothing without others, or against them.
void require_sense(const Arguments& arguments, std::size_t places) {
  if (arguments.has("hub") && arguments.has("manifest"))
    throw Error(Cause::usage, "either --hub or --manifest says what the files should be");
  if (arguments.has("timeout") && !arguments.has("hub"))
    throw Error(Cause::usage, "--timeout goes with --hub");
  for (const char* option : {"manifest", "write-manifest", "state"})
    if (places > 1 && arguments.has(option))
      throw Error(Cause::usage, fmt::format("--{} goes with one PLACE", option));
  if (arguments.has("quick") && arguments.has("write-manifest"))
    throw Error(Cause::usage, "--write-manifest has to read the files, which --quick does not");
  if (arguments.has("max-age") && !arguments.has("state"))
    throw Error(Cause::usage, "--max-age goes with --state, which knows when a file was verified");
  require_sense_of_repair(arguments);
  if (arguments.has("format") && !arguments.has("write-manifest"))
    throw Error(Cause::usage, "--format goes with --write-manifest");
}

VerifyRequest request_of(const Arguments& arguments, Context& context, Clock::time_point started) {
  VerifyRequest request;
  // A clock of nanoseconds holds no more than three centuries.
  if (const auto limit = arguments.age("time-limit"))
    request.deadline = started + std::min(*limit, std::chrono::seconds(std::chrono::hours(24 * 36'500)));
  request.evidence.allow_foreign_owner = context.allow_foreign_owner();
  request.evidence.jobs = context.jobs();
  request.sizes_only = arguments.has("quick");
  request.cancelled = &context.cancelled();
  request.expecting = [&context](std::uint64_t bytes) { context.progress().start("hashing", bytes); };
  request.starting = [&context](std::string_view path) { context.progress().show(path); };
  request.progress = [&context](std::uint64_t bytes) { context.progress().add(bytes); };
  if (const auto path = arguments.text("manifest")) {
    request.manifest = read_manifest_file(*path);
    request.evidence.left_out.push_back(*path);
  }
  if (const auto path = arguments.text("write-manifest")) {
    request.wants_sha256 = true;
    request.evidence.left_out.push_back(*path);
  }
  return request;
}

void tell(const Place& place, const Verification& found, VerifyReport& report, Context& context) {
  context.progress().finish();
  report.add(place, found);
  for (const Error& failure : found.failures) context.attempt([&] { throw Error(failure); });
}

void verify_place(const Place& place, const Arguments& arguments, VerifyRequest request, VerifyReport& report,
                  Context& context) {
  request.place = place;
  use_repos(wanted_repos(arguments), arguments, context, request);
  std::optional<VerifyState> state;
  if (const auto path = arguments.text("state")) {
    state.emplace(*path);
    for (const std::string& one : state->paths()) request.evidence.left_out.push_back(one);
    std::optional<std::int64_t> not_before;
    if (const auto age = arguments.age("max-age")) not_before = std::time(nullptr) - age->count();
    request.is_proved = [&state, not_before](const VerifiedFile& file) {
      return state->is_proved(file, not_before);
    };
  }
  const auto repair = wants_repair(arguments) ? open_repair(place, arguments, context) : nullptr;
  request.wants_spoiled = repair != nullptr;
  Verification found = verify(request);
  const auto keep = [&] {
    if (!state || request.sizes_only || arguments.has("dry-run")) return;
    state->update(found, std::time(nullptr));
    state->save();
  };
  keep();
  tell(place, found, report, context);
  if (repair && !context.cancelled()) {
    mend(place, *repair, arguments, found, report, context);
    keep();
  }
  const auto path = arguments.text("write-manifest");
  // One with a part of the files would say nothing of the others.
  if (path && !context.cancelled() && found.unchecked == 0) {
    const bool is_json = arguments.choice("format", {"json", "sha256sum"}) == "json";
    write_manifest_file(*path, found, is_json ? ManifestForm::json : ManifestForm::sha256sum);
  }
}

void act(const Arguments& arguments, Context& context) {
  const auto started = Clock::now();
  const auto shard = shard_option(arguments, arguments.positional().size());
  if (arguments.has("merge")) return merge_reports(arguments, failing_statuses(arguments), context);
  const std::vector<Place> places = places_of(arguments, context);
  require_sense(arguments, places.size());
  VerifyReport report(context.report(), failing_statuses(arguments));
  VerifyRequest request = request_of(arguments, context, started);
  if (shard) use_shard(*shard, request, report, context);
  if (wants_repair(arguments)) report.expect_mending();
  for (const Place& place : places)
    context.attempt([&] { verify_place(place, arguments, request, report, context); });
  report.finish();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - started);
  context.report().summary().number("seconds", static_cast<std::uint64_t>(seconds.count()));
}

}  // namespace

Program verify_sha() {
  Program program;
  program.name = "verify-sha";
  program.summary = "check that the files of AI models are what they should be";
  program.usage = "[OPTION...] [PLACE...]\n[OPTION...] --merge REPORT...";
  program.description =
      "PLACE is [LAYOUT:]PATH: a cache (hf:, aistudio:, modelscope:), a git-lfs clone, or a directory; "
      "without one the current directory. What each file should be is told by --manifest or --hub, else by "
      "what "
      "is noted there: listings of commits, notes of downloads, the names of contents, the index of AI "
      "Studio's client, LFS pointers. Without --hub nothing is asked of any server; each content is read "
      "once.\n"
      "A line a file: matched; unmatched, for what is damaged; should download, for what is missing; "
      "pointer, where the text of an LFS pointer stands in place of the content; extra; unverifiable, where "
      "nothing says what the file should be, which alone is no problem.";
  program.options = {
      {"manifest", 0, "FILE",
       "what the files should be: {\"path\": \"sha256\"}, a model_info or dataset_info, a listing of the "
       "hub, "
       "or lines of sha256sum"},
      {"hub", 0, "",
       "ask the hub at $HF_ENDPOINT, for a cache of AI Studio its server, what the files should be; only "
       "listings are fetched"},
      {"timeout", 0, "AGE", "with --hub: how long an answer may take, all attempts included (default 60s)"},
      {"repo", 0, "REPO[@REV]",
       "of a cache: only this repo or revision (repeatable); of a clone or directory, with --hub: what it "
       "is"},
      repo_type_option("of REPO"),
      {"write-manifest", 0, "FILE", "write the sha256 of each file that is there and not damaged"},
      {"format", 0, "json|sha256sum", "of the manifest that is written (default: json)"},
      {"state", 0, "FILE",
       "keep what was found, as {\"path\": \"undownload|matched|unmatched\"}; what matched is skipped while "
       "it is unchanged"},
      {"max-age", 0, "AGE", "with --state: verify again what was verified longer ago"},
      {"time-limit", 0, "AGE",
       "stop when so long has passed (exit 1, what was not reached is counted); with the same --state "
       "another run goes on"},
      {"shard", 0, "K/N",
       "verify the K-th of N parts of PLACE, equal in bytes; what --json tells then is a report for --merge"},
      {"merge", 0, "", "join the reports of all shards, in any order, to the verdict of one run"},
      {"quick", 0, "", "look for presence and sizes only, read no content"},
      {"fail-on", 0, "missing,extra",
       "what makes the exit status 1 beside damage (default: missing; '' for nothing: parts were never asked "
       "for)"},
  };
  const auto more = repair_options();
  program.options.insert(program.options.end(), more.begin(), more.end());
  program.examples = {
      {"verify-sha hf:", "is all of the hub cache whole?"},
      {"verify-sha ./model --manifest sha256.json --state state.json",
       "after a download by hand: what is damaged, what is still to be fetched?"},
      {"verify-sha ./clone", "the worktree and the LFS objects of a git clone"},
      {"verify-sha hf: --repair-from /mnt/usb/hub --dry-run", "what could be mended from another cache?"},
      {"verify-sha ./model --write-manifest SHA256SUMS --format sha256sum", "for sha256sum -c elsewhere"},
      {"verify-sha hf: --shard 1/4 --json >report.1", "a quarter of the work, on one of four machines"},
      {"verify-sha --merge report.1 report.2 report.3 report.4", "is all of it whole?"}};
  program.effect = Effect::reads_in_order;
  program.libraries = source_libraries();
  program.libraries.push_back(unicode_library_version());
  program.action = act;
  return program;
}

}  // namespace modelcache::cli
