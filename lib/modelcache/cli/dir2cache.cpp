// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/dir2cache.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/cli/copy_command.hpp"
#include "modelcache/cli/repo_option.hpp"

namespace modelcache::cli {

namespace {

Place directory_place(const Arguments& arguments) {
  if (arguments.positional().size() != 1 || arguments.positional().front().empty())
    throw Error(Cause::usage, "dir2cache takes one directory");
  return place_in(Layout::dir, arguments.positional().front());
}

SourceOptions directory_options(const Arguments& arguments, const Context& context) {
  SourceOptions options = source_options(arguments, context);
  options.commit = arguments.text("revision");
  if (options.commit && !is_commit_id(*options.commit))
    throw Error(Cause::usage, "--revision takes a commit, 40 lower-case hexadecimal digits, not '" +
                                  terminal_safe(*options.commit) + "'");
  options.manifest = arguments.text("manifest");
  return options;
}

void act(const Arguments& arguments, Context& context) {
  const Place target = target_cache(arguments);
  SourceOptions options = directory_options(arguments, context);
  if (target.layout == Layout::aistudio) options.habit = LfsHabit::aistudio;
  const Place directory = directory_place(arguments);
  const auto source = open_source(directory, options);
  refuse_overlap(directory, target);
  SinkOptions how = sink_options(target, arguments, context);
  // No git tree stands behind a directory that would tell which text its pointers have there.
  if (!arguments.has("pointer-newline")) how.tree.pointer_newline = PointerNewline::no;
  const auto sink = open_sink(target, how);
  CopyRequest request = copy_request(source->repos().front(), arguments, context);
  request.refs = ref_names(arguments);
  request.main_alias = main_alias(directory, target, request.refs);
  run_copy(*source, *sink, request, arguments, context);
}

}  // namespace

Program dir2cache() {
  Program program;
  program.name = "dir2cache";
  program.summary = "turn a directory of model files into a cache that the hub's clients take for their own";
  program.usage = "[OPTION...] DIR";
  program.description =
      "Takes what cache2dir wrote, what a client downloaded into a directory (local_dir), or any directory "
      "of "
      "files. What is noted beside the files, and is true of them still, tells the repo, the commit and what "
      "each file is; a file that was changed is named by its content.\n"
      "Where nothing tells the commit, the id of the git tree of the files stands for it; where nothing "
      "tells "
      "which files are large ones, the manifest does, else .gitattributes, else the hub's own rule. Both are "
      "said. Prints the snapshot's path on stdout and a summary on stderr. A second run writes nothing.";
  program.options = {
      {"to", 0, "PLACE",
       "the cache to write: hf:PATH, aistudio:PATH or modelscope:PATH (default: hf:, where the hub's client "
       "looks)"},
      {"repo", 0, "REPO", "[TYPE/]OWNER/NAME (default: as noted in the directory)"},
      repo_type_option("beats the type in REPO and in the directory"),
      {"revision", 0, "COMMIT", "the files are of this commit (default: as noted, else told by the content)"},
      {"ref", 0, "NAME", "publish under this name (repeatable; default: as noted, else main)"},
      {"manifest", 0, "FILE",
       "which files are large, and what they must be: lines of sha256sum, {path: sha256}, model_info with "
       "siblings, a listing of the hub's"},
  };
  for (OptionSpec& option : tree_options()) program.options.push_back(std::move(option));
  for (OptionSpec& option : copy_options()) program.options.push_back(std::move(option));
  program.examples = {
      {"dir2cache ./model", "a directory that cache2dir wrote, into the cache that transformers reads"},
      {"dir2cache ./model --repo org/name", "any directory of files, as the branch main of a model"},
      {"dir2cache ./data --repo datasets/org/name --ref v1.0 --manifest SHA256SUMS",
       "a dataset, checked against a list of hashes"},
      {"dir2cache ./model --dry-run", "what would be written"}};
  program.effect = Effect::changes;
  program.libraries = source_libraries();
  program.action = act;
  return program;
}

}  // namespace modelcache::cli
