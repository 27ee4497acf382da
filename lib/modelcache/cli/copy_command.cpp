// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/copy_command.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/cli/copy_report.hpp"
#include "modelcache/cli/pointer_option.hpp"
#include "modelcache/cli/repo_option.hpp"
#include "modelcache/format/ref_text.hpp"

#include <charconv>
#include <map>
#include <system_error>
#include <utility>

namespace modelcache::cli {

namespace {

PutOptions::Link parse_link(const Arguments& arguments) {
  using Link = PutOptions::Link;
  static const std::map<std::string, Link> links{{"auto", Link::automatic},
                                                 {"reflink", Link::reflink},
                                                 {"hardlink", Link::hardlink},
                                                 {"symlink", Link::symlink},
                                                 {"copy", Link::copy}};
  return links.at(arguments.choice("link", {"auto", "reflink", "hardlink", "symlink", "copy"}));
}

PutOptions::Verify parse_verify(const Arguments& arguments) {
  return arguments.choice("verify", {"full", "size"}) == "full" ? PutOptions::Verify::full
                                                                : PutOptions::Verify::size;
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

bool is_cache(Layout layout) {
  return layout == Layout::hf || layout == Layout::aistudio || layout == Layout::modelscope;
}

// Whether the release that is named reads the trees before modelscope 1.38.
bool is_for_older(const Arguments& arguments) {
  const auto version = arguments.text("modelscope-version");
  if (!version) return false;
  unsigned major = 0;
  unsigned minor = 0;
  const char* const end = version->data() + version->size();
  const auto first = std::from_chars(version->data(), end, major);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.' ||
      std::from_chars(first.ptr + 1, end, minor).ec != std::errc())
    throw Error(Cause::usage,
                "--modelscope-version takes a release such as 1.37, not '" + terminal_safe(*version) + "'");
  if (major == 1 && minor < 23)
    throw Error(Cause::usage,
                "trees of modelscope before 1.23 are read, not written; 1.23 and later migrate them");
  return major == 1 && minor < 38;
}

}  // namespace

std::vector<OptionSpec> copy_options() {
  return {
      {"include", 0, "GLOB", "only files that match, by the hub clients' rules (repeatable)"},
      {"exclude", 0, "GLOB", "not the files that match (repeatable)"},
      {"link", 0, "auto|reflink|hardlink|symlink|copy",
       "how contents get there; default: auto, reflink where the file system can, else copy"},
      {"verify", 0, "full|size", "default: full, everything published is hashed"},
      {"partial", 0, "", "go on without contents that are missing"},
      {"move", 0, "", "free the source after all is durable and checked"},
  };
}

CopyRequest copy_request(const RepoId& repo, const Arguments& arguments, Context& context) {
  CopyRequest request{.repo = repo};
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
  request.jobs = context.jobs();
  return request;
}

SourceOptions source_options(const Arguments& arguments, const Context& context) {
  SourceOptions options;
  options.allow_foreign_owner = context.allow_foreign_owner();
  options.is_freed = arguments.has("move");
  options.repo_type = repo_type(arguments);
  const auto repo = arguments.text("repo");
  if (!repo) return options;
  const RepoRevision parsed = parse_repo(*repo, options.repo_type);
  if (parsed.revision)
    throw Error(Cause::usage, "--repo takes a repo without @REVISION; name that with --revision");
  options.repo = parsed.repo;
  return options;
}

std::vector<std::string> ref_names(const Arguments& arguments) {
  std::vector<std::string> refs = arguments.texts("ref");
  for (const std::string& ref : refs)
    if (const auto flaw = ref_name_flaw(ref))
      throw Error(Cause::usage, "'" + terminal_safe(ref) + "' is no name for a ref: " + std::string(*flaw));
  return refs;
}

Run run_of(const Arguments& arguments) {
  return arguments.has("dry-run") ? Run::dry : Run::real;
}

Place place_in(Layout layout, const std::string& text) {
  const std::string word = std::string(to_string(layout)) + ":";
  Place place{layout, text.starts_with(word) ? text.substr(word.size()) : text};
  if (place.path.empty()) throw Error(Cause::usage, "'" + terminal_safe(text) + "' names no directory");
  return place;
}

Place source_cache(const std::string& text) {
  Place place = locate(text);
  if (is_cache(place.layout)) return place;
  throw Error(Cause::usage, "--from takes a cache (hf:PATH, aistudio:PATH, modelscope:PATH), not " +
                                terminal_safe(place.text()));
}

Place target_cache(const Arguments& arguments) {
  const std::string text = arguments.text("to").value_or("hf:");
  if (text == "modelscope:" && is_for_older(arguments))
    return {Layout::modelscope, default_older_modelscope_root()};
  Place place = located_target(text);
  if (is_cache(place.layout)) return place;
  throw Error(Cause::usage, "--to takes a cache (hf:PATH, aistudio:PATH, modelscope:PATH), not " +
                                terminal_safe(place.text()));
}

std::vector<OptionSpec> tree_options() {
  return {
      pointer_newline_option("to aistudio: ", "as the source's git tree has them"),
      {"modelscope-version", 0, "VERSION",
       "to modelscope: the release that is to read it; before 1.38 with an index, for which a clone must "
       "tell "
       "the last commit of each file; default: 1.38 and later, unless an older tree of the repo is there"},
  };
}

SinkOptions sink_options(const Place& target, const Arguments& arguments, const Context& context) {
  SinkOptions options;
  options.allow_foreign_owner = context.allow_foreign_owner();
  if (arguments.has("pointer-newline") && target.layout != Layout::aistudio)
    throw Error(Cause::usage, "--pointer-newline goes with --to aistudio:PATH only");
  if (arguments.has("modelscope-version") && target.layout != Layout::modelscope)
    throw Error(Cause::usage, "--modelscope-version goes with --to modelscope:PATH only");
  options.tree.pointer_newline = pointer_newline(arguments);
  options.tree.release = is_for_older(arguments) ? ModelscopeRelease::older : ModelscopeRelease::automatic;
  return options;
}

MainAlias main_alias(const Place& source, const Place& target, const std::vector<std::string>& refs) {
  if (!refs.empty()) return MainAlias::none;
  if (target.layout == Layout::modelscope) return MainAlias::as_master;
  const bool may_differ = source.layout != Layout::hf && source.layout != Layout::dir;
  return target.layout == Layout::hf && may_differ ? MainAlias::for_default_branch : MainAlias::none;
}

void refuse_overlap(const Place& source, const Place& target) {
  if (!lies_in(target.path, source.path)) return;
  throw Error(Cause::usage, "the target '" + terminal_safe(target.text()) + "' is, or lies in, the source '" +
                                terminal_safe(source.text()) + "'");
}

void refuse_nesting(const Place& source, const Place& target) {
  refuse_overlap(source, target);
  if (lies_in(source.path, target.path))
    throw Error(Cause::usage, "the source '" + terminal_safe(source.text()) + "' lies in the target '" +
                                  terminal_safe(target.text()) + "'");
}

std::vector<std::string> names_of(Source& source, const RepoId& repo, const std::string& commit) {
  std::vector<std::string> names;
  for (const NamedCommit& name : source.names(repo))
    if (name.commit == commit) names.push_back(name.name);
  return names;
}

CopyPlan run_copy(Source& source, Sink& sink, const CopyRequest& request, CopyReport& report,
                  Context& context) {
  CopyPlan plan = plan_copy(source, sink, request);
  report.announce(plan);
  if (report.run() == Run::real) {
    context.progress().start(plan.repo.text(), plan.bytes_to_write);
    plan = execute(std::move(plan), source, sink, request);
    context.progress().finish();
  }
  report.add(plan);
  return plan;
}

CopyPlan run_copy(Source& source, Sink& sink, const CopyRequest& request, const Arguments& arguments,
                  Context& context) {
  CopyReport report(run_of(arguments), context.report());
  CopyPlan plan = run_copy(source, sink, request, report, context);
  report.finish();
  return plan;
}

}  // namespace modelcache::cli
