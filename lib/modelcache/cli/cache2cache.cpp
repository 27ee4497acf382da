// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/cache2cache.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/cli/copy_command.hpp"
#include "modelcache/cli/repo_option.hpp"

#include <algorithm>
#include <map>

namespace modelcache::cli {

namespace {

HfForm parse_form(const Arguments& arguments) {
  static const std::map<std::string, HfForm> forms{{"auto", HfForm::automatic},
                                                   {"links", HfForm::links},
                                                   {"files", HfForm::files},
                                                   {"shared", HfForm::shared}};
  return forms.at(arguments.choice("cache-layout", {"auto", "links", "files", "shared"}));
}

std::chrono::milliseconds settle_time(const Arguments& arguments) {
  const auto age = arguments.age("settle");
  return age ? std::chrono::milliseconds(*age) : Moved().settle;
}

// Those that were named, or all that have a revision.
std::vector<RepoRevision> wanted_repos(Source& source, const Arguments& arguments, Context& context) {
  std::vector<RepoRevision> wanted;
  for (const std::string& text : arguments.positional())
    wanted.push_back(parse_repo(text, repo_type(arguments)));
  if (!wanted.empty()) return wanted;
  const auto type = repo_type(arguments);
  for (const RepoId& repo : source.repos()) {
    if (type && repo.type() != *type) continue;
    context.attempt([&] {
      if (!source.commits(repo).empty()) return wanted.push_back({repo, {}});
      context.report().say("note: " + repo.text() + " is left out: it has no revision");
      // What a move that was killed had yet to free.
      if (!arguments.has("move") || arguments.has("dry-run")) return;
      const Freed freed = source.remove(repo, {{}, {}, context.wait(), settle_time(arguments)});
      for (const Finding& finding : freed.findings) context.report().finding(finding);
    });
  }
  return wanted;
}

// A revision that was named comes with every ref that leads to it, so that nothing is lost with --move.
CopyRequest repo_request(Source& source, const RepoRevision& wanted, const Arguments& arguments,
                         Context& context) {
  CopyRequest request = copy_request(wanted.repo, arguments, context);
  if (request.missing == Missing::refuse) request.missing = Missing::as_is;
  request.settle = settle_time(arguments);
  if (!wanted.revision) {
    request.scope = Scope::all_commits;
    return request;
  }
  request.revisions = {*wanted.revision};
  request.refs = names_of(source, wanted.repo, source.select(wanted.repo, *wanted.revision).commit);
  return request;
}

void act(const Arguments& arguments, Context& context) {
  if (!arguments.has("from") && !arguments.has("to"))
    throw Error(Cause::usage, "cache2cache takes --from PLACE, --to PLACE or both");
  const Place from = source_cache(arguments.text("from").value_or("hf:"));
  const Place to = target_cache(arguments);
  refuse_overlap(from, to);
  const auto source = open_source(from, source_options(arguments, context));
  SinkOptions options = sink_options(to, arguments, context);
  options.hf_form = parse_form(arguments);
  if (arguments.has("cache-layout") && to.layout != Layout::hf)
    throw Error(Cause::usage, "--cache-layout goes with --to hf:PATH only");
  const auto sink = open_sink(to, options);
  CopyReport report(run_of(arguments), context.report());
  for (const RepoRevision& wanted : wanted_repos(*source, arguments, context)) {
    context.attempt([&] {
      CopyRequest request = repo_request(*source, wanted, arguments, context);
      request.main_alias = main_alias(from, to, {});
      run_copy(*source, *sink, request, report, context);
    });
    if (context.cancelled()) break;
  }
  report.finish();
}

}  // namespace

Program cache2cache() {
  Program program;
  program.name = "cache2cache";
  program.summary = "copy or move repos from one cache into another";
  program.usage = "[OPTION...] [REPO[@REV]...]";
  program.description =
      "Without REPO all repos. Revisions, refs, listings, known absent files and partly downloaded revisions "
      "arrive as they are; what the target has already stays. Prints the path of each snapshot on stdout and "
      "a summary on stderr. A second run writes nothing, and one that was stopped goes on where it was.\n"
      "A cache keeps contents in one of three layouts: links (to the repo's blobs), "
      "files (in the snapshots, for file systems and programs that take no links) and shared (between repos, "
      "huggingface_hub 1.32 and later).";
  program.options = {
      {"from", 0, "PLACE",
       "the cache to read: hf:PATH, aistudio:PATH or modelscope:PATH (default: hf:, where the hub's client "
       "looks)"},
      {"to", 0, "PLACE", "the cache to write, of any of these layouts (default: hf:)"},
      repo_type_option("of each REPO; without REPO: only repos of this type"),
      {"cache-layout", 0, "auto|links|files|shared",
       "of the target; default: auto, links where the file system has them, and shared payloads where the "
       "target has a marked store for them"},
  };
  for (OptionSpec& option : tree_options()) program.options.push_back(std::move(option));
  for (OptionSpec& option : copy_options()) program.options.push_back(std::move(option));
  program.options.push_back(
      {"settle", 0, "AGE",
       "with --move: how long contents are kept aside and looked for once more before they are freed; "
       "default: 2s"});
  program.examples = {
      {"cache2cache --to hf:/mnt/big/hub", "everything, to a larger disk"},
      {"cache2cache org/model --to hf:/mnt/usb --cache-layout files", "for a disk without links"},
      {"cache2cache org/model@v1.0 --from hf:/mnt/usb",
       "one revision, into the cache that transformers reads"},
      {"cache2cache datasets/org/name --to hf:/mnt/big/hub --move", "and free the space here"}};
  program.effect = Effect::changes;
  program.libraries = source_libraries();
  program.action = act;
  return program;
}

}  // namespace modelcache::cli
