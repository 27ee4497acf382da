// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/cache_scan.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/cli/app.hpp"
#include "modelcache/cli/filter.hpp"
#include "modelcache/cli/repo_option.hpp"
#include "modelcache/cli/scan_report.hpp"
#include "modelcache/format/unicode_form.hpp"
#include "modelcache/ops/scan.hpp"

#include <algorithm>
#include <ctime>

namespace modelcache::cli {

namespace {

bool names_places(const Arguments& arguments) {
  return !arguments.positional().empty() || arguments.has("dir") || arguments.has("cache-dir");
}

// What was named, each once, or every default cache that is there.
std::vector<Place> places_of(const Arguments& arguments, Context& context) {
  std::vector<Place> places;
  const auto add = [&](const Place& place) {
    const auto is_same = [&](const Place& other) { return is_same_place(place, other); };
    if (std::none_of(places.begin(), places.end(), is_same)) places.push_back(place);
  };
  for (const std::string& text : arguments.positional()) context.attempt([&] { add(locate(text)); });
  for (const char* option : {"dir", "cache-dir"})
    for (const std::string& path : arguments.texts(option)) add({Layout::hf, path});
  if (names_places(arguments)) return places;
  places = default_places();
  if (places.empty())
    throw Error(Cause::not_found, "there is no cache at " + terminal_safe(default_hf_root()) +
                                      ", and none of AI Studio or ModelScope; name one: cache-scan hf:PATH");
  return places;
}

// Of the default caches the first that is ready, else the first that has the repo, else the first.
Readiness ready_in(const std::vector<Place>& places, const RepoRevision& repo) {
  std::vector<Readiness> answers;
  for (const Place& place : places) {
    answers.push_back(check_ready(place, repo));
    if (answers.back().ready) return answers.back();
  }
  const auto found = std::find_if(answers.begin(), answers.end(),
                                  [](const Readiness& answer) { return !answer.commit.empty(); });
  return found != answers.end() ? *found : answers.front();
}

void print_ready(const std::string& wanted, const Arguments& arguments, Context& context) {
  Report& report = context.report();
  const RepoRevision repo = parse_repo(wanted, repo_type(arguments));
  const auto places = places_of(arguments, context);
  if (places.empty()) return;  // told already
  if (names_places(arguments) && places.size() > 1) throw Error(Cause::usage, "--ready takes one PLACE");
  const Readiness readiness = ready_in(places, repo);
  report.summary()
      .boolean("ready", readiness.ready)
      .text_or_null("commit", readiness.commit)
      .texts("lacking", readiness.lacking);
  if (!readiness.path.empty()) report.summary().path("path", readiness.path);
  if (readiness.ready) return report.print(colored("ready", Color::green, report.options().color) + "\n");
  report.problem();
  for (const std::string& line : readiness.lacking) report.print(terminal_safe(line) + "\n");
}

void print_lookup(const Arguments::Pair& wanted, const Arguments& arguments, Context& context) {
  Report& report = context.report();
  const RepoRevision repo = parse_repo(wanted.first, repo_type(arguments));
  for (const Place& place : places_of(arguments, context)) {
    const Lookup lookup = look_up(place, repo, wanted.second);
    if (lookup.answer == Lookup::Answer::not_cached) continue;
    const bool is_found = lookup.answer == Lookup::Answer::found;
    report.summary().text("answer", is_found ? "found" : "known_absent");
    if (is_found) report.summary().path("path", lookup.path);
    if (is_found) return report.print_path(lookup.path);
    report.problem();
    return report.print("known absent\n");
  }
  report.summary().text("answer", "not_cached");
  const std::string revision = repo.revision ? "@" + terminal_safe(*repo.revision) : "";
  throw Error(Cause::not_found,
              "not cached: " + repo.repo.text() + revision + " " + terminal_safe(wanted.second));
}

void print_found(const std::string& wanted, const Arguments& arguments, Context& context) {
  Report& report = context.report();
  const auto matches = find_content(places_of(arguments, context), wanted, context.jobs());
  if (matches.empty()) throw Error(Cause::not_found, "no cache holds " + terminal_safe(wanted));
  for (const ContentMatch& match : matches) {
    report.record(file_record(match.repo, match.commit, match.file));
    if (report.options().null_ends_paths)
      report.print_path(match.file.blob);
    else
      report.print(terminal_safe(match.repo) + "@" + terminal_safe(match.commit) + "  " +
                   terminal_safe(match.file.path) + "\n");
  }
  report.summary().number("files", matches.size());
}

void print_scan(const Arguments& arguments, Context& context) {
  ScanView view;
  view.files = arguments.has("files");
  view.revisions = context.verbosity() > 0;
  view.check = arguments.has("check");
  view.truncate = !arguments.has("no-truncate");
  const auto limit = arguments.number("limit");
  view.narrowed = limit || arguments.has("filter");
  const RepoFilter filter(arguments.texts("filter"), std::time(nullptr));
  const RepoOrder order(arguments.text("sort").value_or("id"));
  const Detail detail = view.files ? Detail::files : Detail::revisions;
  std::vector<CacheScan> scans;
  for (const Place& place : places_of(arguments, context))
    context.attempt([&] { scans.push_back(std::move(scan({{place}, detail, context.jobs()}).front())); });
  for (CacheScan& one : scans) {
    std::erase_if(one.repos,
                  [&](const RepoInventory& repo) { return !filter.passes(one.cache.layout, repo); });
    order.sort(one.repos);
    if (limit && one.repos.size() > *limit) one.repos.resize(*limit);
  }
  if (!scans.empty()) report_scan(scans, view, context.report());
}

void act(const Arguments& arguments, Context& context) {
  if (arguments.count("ready") + arguments.has("lookup") + arguments.count("find") > 1)
    throw Error(Cause::usage, "one question at a time: --ready, --lookup or --find, once");
  if (const auto wanted = arguments.text("ready")) return print_ready(*wanted, arguments, context);
  if (const auto wanted = arguments.pair("lookup")) return print_lookup(*wanted, arguments, context);
  if (const auto wanted = arguments.text("find")) return print_found(*wanted, arguments, context);
  print_scan(arguments, context);
}

}  // namespace

Program cache_scan() {
  Program program;
  program.name = "cache-scan";
  program.summary = "show what is in the caches of AI models";
  program.usage =
      "[OPTION...] [PLACE...]\n"
      "--ready REPO[@REV] [PLACE]\n"
      "--find PATH|SHA256 [PLACE...]\n"
      "--lookup REPO[@REV] FILE [PLACE...]";
  program.description =
      "PLACE is [LAYOUT:]PATH; hf:PATH is a hub cache, the directory that holds models--...; aistudio:PATH "
      "and "
      "modelscope:PATH are the roots of those clients; without PLACE "
      "every default cache is shown. Nothing is written and no content is read (but by --find, where no name "
      "says what a file is), so it works on read-only "
      "mounts and beside clients.";
  program.options = {
      {"files", 0, "", "a row for each file"},
      {"filter", 0, "EXPR",
       "only repos that it holds for: size>1GB, accessed>30d, modified<7d, type=model, refs=main, repo~GLOB, "
       "layout=hf|aistudio|modelscope, findings>0 (repeatable: all must hold)"},
      {"sort", 0, "KEY[:asc|desc]", "id (default), size, accessed, modified, files or revisions"},
      {"limit", 0, "N", "at most N repos of each cache"},
      {"check", 0, "", "show each finding, not only how many there are"},
      {"ready", 0, "REPO[@REV]", "print \"ready\", or what is lacking to load it offline (exit 1)"},
      {"find", 0, "PATH|SHA256", "which repo, revision and name hold these bytes"},
      {"lookup", 0, "REPO[@REV] FILE",
       "the path that the client would load FILE from (exit 1: known to be absent, 4: not cached)"},
      repo_type_option("of REPO"),
      {"dir", 0, "PATH", "the same as hf:PATH"},
      {"cache-dir", 0, "PATH", "the same as hf:PATH"},
      {"no-truncate", 0, "", "rows as wide as they come"},
  };
  program.examples = {
      {"cache-scan", "what takes the space"},
      {"cache-scan -v --sort size --limit 10", "the ten largest repos, a row for each revision"},
      {"cache-scan --ready org/model@main", "may a job without network start?"},
      {"cache-scan --json hf:/mnt/cache", "for scripts"}};
  program.libraries = {unicode_library_version()};
  program.action = act;
  return program;
}

}  // namespace modelcache::cli
