// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/cache2clone.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/cli/copy_command.hpp"
#include "modelcache/cli/repo_option.hpp"
#include "modelcache/format/remote_url.hpp"

#include <algorithm>

namespace modelcache::cli {

namespace {

CloneFiles clone_files(const Arguments& arguments) {
  const std::string word = arguments.choice("worktree", {"files", "pointers", "none"});
  if (word == "none") return CloneFiles::none;
  return word == "pointers" ? CloneFiles::pointers : CloneFiles::contents;
}

// Where the repo of a cache came from.
std::string remote_url(const Arguments& arguments, Layout cache, const RepoId& repo) {
  const auto url = arguments.text("remote");
  if (!url && cache == Layout::aistudio) return hub_url(RemoteRepo::Hub::ai_studio, repo);
  if (!url && cache == Layout::modelscope) return hub_url(RemoteRepo::Hub::modelscope, repo);
  if (!url) return {};
  if (url->empty() ||
      std::any_of(url->begin(), url->end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    throw Error(Cause::usage, "--remote takes a url, without control characters");
  // git would run what such a url names, or read it as an option. Not shown again: it may hold a password.
  if (url->starts_with('-') || url->find("::") != std::string::npos)
    throw Error(Cause::usage, "--remote takes a url or a path, with neither '-' in front nor '::'");
  if (holds_credentials(*url))
    throw Error(Cause::usage,
                "--remote holds a password or token, which a clone would keep for all to read; give "
                "the url without it");
  return *url;
}

// What the user asked for is the commit; the names are all that the source has for it.
void choose_revision(Source& source, const RepoRevision& wanted, CopyRequest& request,
                     CloneOptions& options) {
  const Selected selected = source.select(request.repo, wanted.revision.value_or(""));
  request.revisions = {wanted.revision.value_or("")};
  request.refs = names_of(source, request.repo, selected.commit);
  const std::string asked = wanted.revision.value_or("main");
  if (std::find(request.refs.begin(), request.refs.end(), asked) != request.refs.end())
    options.branch = asked;
}

void act(const Arguments& arguments, Context& context) {
  const auto& words = arguments.positional();
  if (words.size() != 2) throw Error(Cause::usage, "cache2clone takes a repo and the directory to make");
  const RepoRevision wanted = parse_repo(words.front(), repo_type(arguments));
  const Place cache = source_cache(arguments.text("from").value_or("hf:"));
  const Place clone = place_in(Layout::clone, words.back());
  CopyRequest request = copy_request(wanted.repo, arguments, context);
  SinkOptions options;
  options.allow_foreign_owner = context.allow_foreign_owner();
  options.clone = {clone_files(arguments), remote_url(arguments, cache.layout, wanted.repo), {}, request.put};
  refuse_overlap(cache, clone);
  const auto source = open_source(cache, source_options(arguments, context));
  choose_revision(*source, wanted, request, options.clone);
  // Names that could not be read may be those of this commit.
  for (const Finding& finding : source->left_out(request.repo))
    if (finding.code == FindingCode::permission_denied) context.report().finding(finding);
  const auto sink = open_sink(clone, options);
  run_copy(*source, *sink, request, arguments, context);
}

}  // namespace

Program cache2clone() {
  Program program;
  program.name = "cache2clone";
  program.summary = "turn a revision in a cache into a git clone with git-lfs";
  program.usage = "[OPTION...] REPO[@REVISION] DIR";
  program.description =
      "Makes the clone that git clone of the repo would make, without a network: objects, LFS store, index, "
      "worktree, branch and origin. git status is clean without reading a file. Where the cache keeps the "
      "commit "
      "(clone2cache notes it) the clone has that commit; otherwise one commit that stands for it, with the "
      "git "
      "commands that put the hub's in its place. Prints the directory on stdout and a summary on stderr.";
  program.options = {
      {"from", 0, "PLACE",
       "the cache: hf:PATH, aistudio:PATH or modelscope:PATH (default: hf:, where the hub's client looks)"},
      repo_type_option("beats the type in REPO"),
      {"worktree", 0, "files|pointers|none",
       "large files as they are (default), as LFS pointers, or no file at all as git clone --no-checkout"},
      {"remote", 0, "URL", "the url of origin (default: the repo at the hub of the cache's layout)"},
  };
  for (OptionSpec& option : copy_options()) program.options.push_back(std::move(option));
  program.examples = {
      {"cache2clone org/model ./model", "a clone of main"},
      {"cache2clone org/model@v1.0 ./model --worktree pointers --link hardlink",
       "no second copy of anything large"},
      {"cache2clone datasets/org/name ./name --from hf:/mnt/cache --dry-run", "what would be made"}};
  program.effect = Effect::changes;
  program.libraries = source_libraries();
  program.action = act;
  return program;
}

}  // namespace modelcache::cli
