// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/cache2dir.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/cli/copy_command.hpp"
#include "modelcache/cli/repo_option.hpp"

#include <algorithm>

namespace modelcache::cli {

namespace {

CopyRequest directory_request(const RepoRevision& named, const Arguments& arguments, Context& context) {
  CopyRequest request = copy_request(named.repo, arguments, context);
  if (named.revision) request.revisions = {*named.revision};
  if (arguments.has("replace")) request.put.different = PutOptions::Different::replaced;
  return request;
}

void warn_of_links(PutOptions::Link link, Report& report) {
  if (link == PutOptions::Link::hardlink)
    report.say("warning: with hard links whoever edits a file of the directory edits the cache");
  if (link == PutOptions::Link::symlink)
    report.say("warning: with symbolic links the directory is of no use without the cache");
}

void act(const Arguments& arguments, Context& context) {
  const auto& words = arguments.positional();
  if (words.size() != 2 || words[0].empty() || words[1].empty())
    throw Error(Cause::usage, "cache2dir takes one REPO, or REPO@REVISION, and one directory");
  const RepoRevision named = parse_repo(words[0], repo_type(arguments));
  const Place target = place_in(Layout::dir, words[1]);
  const Place place = source_cache(arguments.text("from").value_or("hf:"));
  const auto source = open_source(place, source_options(arguments, context));
  refuse_nesting(place, target);
  SinkOptions sink_options;
  sink_options.allow_foreign_owner = context.allow_foreign_owner();
  sink_options.writes_metadata = !arguments.has("no-metadata");
  sink_options.writes_checksums = arguments.has("manifest");
  const auto sink = open_sink(target, sink_options);
  const CopyRequest request = directory_request(named, arguments, context);
  warn_of_links(request.put.link, context.report());
  const CopyPlan plan = run_copy(*source, *sink, request, arguments, context);
  if (std::any_of(plan.contents.begin(), plan.contents.end(),
                  [](const ContentStep& step) { return step.is_blocked; }))
    context.report().say("note: --replace replaces files that differ");
}

}  // namespace

Program cache2dir() {
  Program program;
  program.name = "cache2dir";
  program.summary = "turn a revision in a cache into a plain directory of files";
  program.usage = "[OPTION...] REPO[@REVISION] DIR";
  program.description =
      "Writes the files, and beside them what the hub's client notes of a download, so that "
      "snapshot_download(local_dir=DIR) transfers nothing; and the repo, commit and refs, so that dir2cache "
      "makes the same entry of another cache wherever the directory is taken to.\n"
      "A new directory appears whole or not at all. In one that is there, equal files are kept, and files "
      "that "
      "differ too unless --replace is given. Prints the directory's path on stdout and a summary on stderr. "
      "A "
      "second run writes nothing.";
  program.options = {
      {"from", 0, "PLACE",
       "the cache to read: hf:PATH, aistudio:PATH or modelscope:PATH (default: hf:, where the hub's client "
       "looks)"},
      repo_type_option("beats the type in REPO"),
      {"replace", 0, "", "files of the directory that differ are replaced"},
      {"no-metadata", 0, "", "the files alone: nothing is noted in .cache/huggingface"},
      {"manifest", 0, "", "also write SHA256SUMS, for sha256sum -c"},
  };
  for (OptionSpec& option : copy_options()) program.options.push_back(std::move(option));
  program.examples = {
      {"cache2dir org/name ./model", "the branch main of a model, to be taken elsewhere"},
      {"cache2dir datasets/org/name@v1.0 ./data --manifest", "a tag of a dataset, with checksums"},
      {"cache2dir org/name ./model --include '*.safetensors' --include '*.json'", "some files of it"},
      {"cache2dir org/name ./model --dry-run", "what would be written"}};
  program.effect = Effect::changes;
  program.libraries = source_libraries();
  program.action = act;
  return program;
}

}  // namespace modelcache::cli
