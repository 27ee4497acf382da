// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/clone2cache.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/cli/app.hpp"
#include "modelcache/cli/copy_report.hpp"
#include "modelcache/cli/repo_option.hpp"
#include "modelcache/format/ref_text.hpp"
#include "modelcache/ops/copy.hpp"
#include "modelcache/store/locate.hpp"
#include "modelcache/store/open.hpp"

#include <algorithm>

namespace modelcache::cli {

namespace {

Place clone_place(const Arguments& arguments) {
  if (arguments.positional().size() != 1 || arguments.positional().front().empty())
    throw Error(Cause::usage, "clone2cache takes one clone");
  const std::string& text = arguments.positional().front();
  // Not shown again: it may hold a password.
  if (text.find("://") != std::string::npos)
    throw Error(Cause::usage, "clone2cache takes a clone on this machine, not a url; git clone makes one");
  Place place = text.starts_with("clone:") ? locate(text) : Place{Layout::clone, text};
  return place;
}

Place located_target(const std::string& text) {
  try {
    return locate(text);
  } catch (const Error& error) {
    // Nothing is there to tell its layout by.
    if (error.cause() != Cause::not_found) throw;
    throw Error(Cause::usage,
                "there is no cache at '" + terminal_safe(text) +
                    "'; one that is to be made is named with its layout: --to hf:" + terminal_safe(text));
  }
}

Place target_place(const Arguments& arguments) {
  Place place = located_target(arguments.text("to").value_or("hf:"));
  if (place.layout == Layout::hf) return place;
  throw Error(Cause::usage,
              "this version writes hub caches only (--to hf:PATH), not " + terminal_safe(place.text()));
}

SourceOptions source_options(const Arguments& arguments, const Context& context) {
  SourceOptions options;
  options.repo_type = repo_type(arguments);
  if (const auto repo = arguments.text("repo")) {
    const RepoRevision parsed = parse_repo(*repo, options.repo_type);
    if (parsed.revision)
      throw Error(Cause::usage, "--repo takes a repo without @REVISION; name that with --revision");
    options.repo = parsed.repo;
  }
  options.allowed_outside = arguments.texts("allow-outside");
  options.allow_foreign_owner = context.allow_foreign_owner();
  return options;
}

CopyRequest copy_request(const RepoId& repo, const Arguments& arguments, Context& context) {
  CopyRequest request{.repo = repo};
  request.revisions = arguments.texts("revision");
  if (std::find(request.revisions.begin(), request.revisions.end(), "") != request.revisions.end())
    throw Error(Cause::usage, "--revision takes a branch, tag, refs/pr/N or commit, not ''");
  request.all_names = arguments.has("all-refs");
  request.refs = arguments.texts("ref");
  if (request.all_names && (!request.revisions.empty() || !request.refs.empty()))
    throw Error(Cause::usage, "--all-refs goes with neither --revision nor --ref");
  if (request.revisions.size() > 1 && !request.refs.empty())
    throw Error(Cause::usage, "--ref goes with one --revision only");
  for (const std::string& ref : request.refs)
    if (const auto flaw = ref_name_flaw(ref))
      throw Error(Cause::usage, "'" + terminal_safe(ref) + "' is no name for a ref: " + std::string(*flaw));
  request.include = arguments.texts("include");
  request.exclude = arguments.texts("exclude");
  request.put.link = parse_link(arguments);
  request.put.verify = parse_verify(arguments);
  request.put.wait = context.wait();
  request.put.cancelled = &context.cancelled();
  request.put.progress = [&context](std::uint64_t bytes) { context.progress().add(bytes); };
  request.starting = [&context](std::string_view name) { context.progress().show(name); };
  request.missing = arguments.has("partial") ? Missing::skip : Missing::refuse;
  request.source_after = arguments.has("move") ? SourceAfter::freed : SourceAfter::kept;
  request.main_alias = request.refs.empty() ? MainAlias::for_default_branch : MainAlias::none;
  request.jobs = context.jobs();
  return request;
}

CopyPlan executed(CopyPlan plan, Source& source, Sink& sink, const CopyRequest& request) {
  try {
    return execute(std::move(plan), source, sink, request);
  } catch (const Error& error) {
    if (error.cause() != Cause::busy) throw;
    throw Error(Cause::busy, std::string(error.what()) + "; --wait 1h waits longer");
  }
}

void act(const Arguments& arguments, Context& context) {
  const Place target = target_place(arguments);
  const SourceOptions options = source_options(arguments, context);
  const auto source = open_source(clone_place(arguments), options);
  const auto sink = open_sink(target, {options.allow_foreign_owner});
  const CopyRequest request = copy_request(source->repos().front(), arguments, context);
  CopyPlan plan = plan_copy(*source, *sink, request);
  if (arguments.has("dry-run")) return report_copy(plan, Run::dry, context.report());
  context.progress().start(plan.repo.text(), plan.bytes_to_write);
  plan = executed(std::move(plan), *source, *sink, request);
  context.progress().finish();
  report_copy(plan, Run::real, context.report());
}

}  // namespace

Program clone2cache() {
  Program program;
  program.name = "clone2cache";
  program.summary = "turn a git-lfs clone into a cache that the hub's clients take for their own";
  program.usage = "[OPTION...] CLONE";
  program.description =
      "Converts commits of the clone, not its worktree: contents come from .git, the LFS store, or, where "
      "that was pruned, "
      "from worktree files that are proved unchanged. Prints the snapshot's path on stdout and a summary on "
      "stderr. A second run writes nothing.";
  program.options = {
      {"to", 0, "PLACE", "the cache to write: hf:PATH (default: hf:, where the hub's client looks)"},
      {"repo", 0, "REPO", "[TYPE/]OWNER/NAME (default: from the url of the clone's remote)"},
      repo_type_option("beats the type in REPO and in the url"),
      {"revision", 0, "REV", "a branch, tag, refs/pr/N or commit (repeatable; default: HEAD)"},
      {"all-refs", 0, "", "all branches, tags and refs/pr/* of the remote, each under its own name"},
      {"ref", 0, "NAME",
       "publish under this name (repeatable; default: the current branch, or the names of the revision)"},
  };
  for (OptionSpec& option : copy_options()) program.options.push_back(std::move(option));
  program.options.push_back({"allow-outside", 0, "DIR",
                             "the clone's configuration may lead into DIR: alternates, lfs.storage, .git "
                             "files, includes (repeatable)"});
  program.examples = {
      {"clone2cache ./model", "the current branch, into the cache that transformers reads"},
      {"clone2cache ./model --to hf:/mnt/cache --link hardlink", "no second copy of the large files"},
      {"clone2cache ./model --all-refs --dry-run", "what would be written"},
      {"clone2cache ./dump --repo datasets/org/name", "a clone whose remote does not tell the repo"}};
  program.effect = Effect::changes;
  program.libraries = source_libraries();
  program.action = act;
  return program;
}

}  // namespace modelcache::cli
