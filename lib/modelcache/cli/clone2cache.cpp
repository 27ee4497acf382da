// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/clone2cache.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/cli/copy_command.hpp"
#include "modelcache/cli/repo_option.hpp"

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
  return place_in(Layout::clone, text);
}

CopyRequest clone_request(const RepoId& repo, const Arguments& arguments, Context& context) {
  CopyRequest request = copy_request(repo, arguments, context);
  request.revisions = arguments.texts("revision");
  if (std::find(request.revisions.begin(), request.revisions.end(), "") != request.revisions.end())
    throw Error(Cause::usage, "--revision takes a branch, tag, refs/pr/N or commit, not ''");
  if (arguments.has("all-refs")) request.scope = Scope::all_names;
  request.refs = ref_names(arguments);
  if (request.scope != Scope::chosen && (!request.revisions.empty() || !request.refs.empty()))
    throw Error(Cause::usage, "--all-refs goes with neither --revision nor --ref");
  if (request.revisions.size() > 1 && !request.refs.empty())
    throw Error(Cause::usage, "--ref goes with one --revision only");
  return request;
}

void act(const Arguments& arguments, Context& context) {
  const Place target = target_cache(arguments);
  SourceOptions options = source_options(arguments, context);
  options.allowed_outside = arguments.texts("allow-outside");
  const Place clone = clone_place(arguments);
  const auto source = open_source(clone, options);
  refuse_overlap(clone, target);
  const auto sink = open_sink(target, sink_options(target, arguments, context));
  CopyRequest request = clone_request(source->repos().front(), arguments, context);
  request.main_alias = main_alias(clone, target, request.refs);
  run_copy(*source, *sink, request, arguments, context);
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
      {"to", 0, "PLACE",
       "the cache to write: hf:PATH, aistudio:PATH or modelscope:PATH (default: hf:, where the hub's client "
       "looks)"},
      {"repo", 0, "REPO", "[TYPE/]OWNER/NAME (default: from the url of the clone's remote)"},
      repo_type_option("beats the type in REPO and in the url"),
      {"revision", 0, "REV", "a branch, tag, refs/pr/N or commit (repeatable; default: HEAD)"},
      {"all-refs", 0, "", "all branches, tags and refs/pr/* of the remote, each under its own name"},
      {"ref", 0, "NAME",
       "publish under this name (repeatable; default: the current branch, or the names of the revision)"},
  };
  for (OptionSpec& option : tree_options()) program.options.push_back(std::move(option));
  for (OptionSpec& option : copy_options()) program.options.push_back(std::move(option));
  program.options.push_back({"allow-outside", 0, "DIR",
                             "the clone's configuration may lead into DIR: alternates, lfs.storage, .git "
                             "files, includes (repeatable)"});
  program.examples = {
      {"clone2cache ./model", "the current branch, into the cache that transformers reads"},
      {"clone2cache ./model --to hf:/mnt/cache --link hardlink", "no second copy of the large files"},
      {"clone2cache ./model --all-refs --dry-run", "what would be written"},
      {"clone2cache ./model --to aistudio:", "so that aistudio-sdk downloads nothing"},
      {"clone2cache ./dump --repo datasets/org/name", "a clone whose remote does not tell the repo"}};
  program.effect = Effect::changes;
  program.libraries = source_libraries();
  program.action = act;
  return program;
}

}  // namespace modelcache::cli
