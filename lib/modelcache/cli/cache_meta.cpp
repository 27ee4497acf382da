// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/cache_meta.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/units.hpp"
#include "modelcache/cli/app.hpp"
#include "modelcache/cli/pointer_option.hpp"
#include "modelcache/cli/repo_option.hpp"
#include "modelcache/cli/side_file_report.hpp"
#include "modelcache/model/snapshot.hpp"
#include "modelcache/ops/meta.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace modelcache::cli {

namespace {

constexpr std::chrono::seconds default_timeout{60};

void print_side_files(const std::string& directory, Context& context) {
  Report& report = context.report();
  const std::vector<SideFile> files = read_side_files(directory);
  for (const char* name : {".mdl", ".msc", ".mv"}) {
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const SideFile& file) { return file.name == name; });
    if (found == files.end())
      report.say(fmt::format("note: there is no {}", name));
    else
      context.attempt([&] { report_side_file(*found, report); });
  }
  report.summary().number("files", files.size());
  if (files.empty())
    throw_error(Cause::not_found, "show the side files of", directory, "it has no .msc, no .mdl and no .mv");
}

MetaReading reading(Context& context) {
  MetaReading reading;
  reading.jobs = context.jobs();
  reading.cancelled = &context.cancelled();
  reading.expecting = [&context](std::uint64_t bytes) { context.progress().start("hashing", bytes); };
  reading.starting = [&context](std::string_view path) { context.progress().show(path); };
  reading.progress = [&context](std::uint64_t bytes) { context.progress().add(bytes); };
  return reading;
}

void check(const std::string& directory, Context& context) {
  Report& report = context.report();
  const MetaCheck check = check_meta(directory, reading(context));
  context.progress().finish();
  for (const Finding& finding : check.findings) report.finding(finding);
  report.print(fmt::format(
      "{} entries: {} matched, {} unmatched, {} missing, {} unverifiable; {} files without entry\n",
      check.entries, check.matched, check.unmatched, check.missing, check.unverifiable, check.extra));
  report.summary().text_or_null("flavour", check.flavour ? to_string(*check.flavour) : "");
  report.summary()
      .number("entries", check.entries)
      .number("matched", check.matched)
      .number("unmatched", check.unmatched)
      .number("missing", check.missing)
      .number("unverifiable", check.unverifiable)
      .number("extra", check.extra)
      .number("bytes_hashed", check.bytes_hashed)
      .number("findings", report.findings());
  if (!check.unsafe.empty())
    throw_error(Cause::refused, "use the side files of", directory, terminal_safe(check.unsafe.front()));
}

std::optional<RepoId> wanted_repo(const Arguments& arguments) {
  const auto text = arguments.text("repo");
  const auto type = repo_type(arguments);
  if (!text) return {};
  const RepoRevision parsed = parse_repo(*text, type);
  if (parsed.revision)
    throw Error(Cause::usage, "--repo takes a repo without @REVISION; name that with --revision");
  const bool has_type = parsed.repo.type() == RepoType::model || parsed.repo.type() == RepoType::dataset;
  if (!has_type || parsed.repo.id().find('/') == std::string::npos)
    throw Error(Cause::usage, "--repo takes a model or dataset of AI Studio, OWNER/NAME, not '" +
                                  terminal_safe(*text) + "'");
  return parsed.repo;
}

std::optional<std::vector<std::string>> large_patterns(const Arguments& arguments) {
  std::vector<std::string> patterns = arguments.texts("lfs");
  if (patterns.empty()) return {};
  if (std::find(patterns.begin(), patterns.end(), "auto") == patterns.end()) return patterns;
  if (patterns.size() > 1) throw Error(Cause::usage, "--lfs takes auto or patterns, not both");
  return {};
}

void ask_hub(const Arguments& arguments, Context& context, MetaRebuild& request) {
  for (const char* option : {"lfs", "pointer-newline"})
    if (arguments.has(option))
      throw Error(Cause::usage, fmt::format("--{} does not go with --hub: the server tells the ids", option));
  request.ask_server =
      studio_server(arguments.text("revision").value_or(""),
                    arguments.age("timeout").value_or(default_timeout), &context.cancelled());
}

MetaRebuild rebuild_request(const std::string& directory, const Arguments& arguments, Context& context) {
  MetaRebuild request;
  request.directory = directory;
  request.repo = wanted_repo(arguments);
  request.large = large_patterns(arguments);
  request.newline = pointer_newline(arguments);
  request.is_dry = arguments.has("dry-run");
  request.allow_foreign_owner = context.allow_foreign_owner();
  request.wait = context.wait();
  request.reading = reading(context);
  if (arguments.has("hub"))
    ask_hub(arguments, context, request);
  else if (arguments.has("timeout"))
    throw Error(Cause::usage, "--timeout goes with --hub only");
  const auto revision = arguments.text("revision");
  if (revision && is_commit_id(*revision))
    request.commit = revision;
  else if (revision && !request.ask_server)
    throw Error(Cause::usage, "--revision takes a commit, 40 lower-case hexadecimal digits, not '" +
                                  terminal_safe(*revision) + "'");
  return request;
}

void report_rebuilt(const MetaRebuilt& rebuilt, bool is_dry, Context& context) {
  Report& report = context.report();
  std::map<MetaChange::Kind, std::uint64_t> counts;
  for (const MetaChange& change : rebuilt.changes) {
    ++counts[change.kind];
    Record record("change");
    record.path("path", change.path).text("action", to_string(change.kind)).text("revision", change.revision);
    report.record(record);
    report.print(fmt::format("{:<8} {}  {}\n", to_string(change.kind), terminal_safe(change.revision),
                             terminal_safe(change.path)));
  }
  for (const Finding& finding : rebuilt.findings) report.finding(finding);
  for (const std::string& note : rebuilt.notes) report.say("note: " + note);
  std::string files;
  for (const std::string& name : rebuilt.written) files += (files.empty() ? "" : ", ") + name;
  report.say(fmt::format("{}: {} entries, {} added, {} changed, {} removed; {}{}", rebuilt.repo->text(),
                         rebuilt.entries, counts[MetaChange::Kind::added], counts[MetaChange::Kind::changed],
                         counts[MetaChange::Kind::removed], is_dry && !files.empty() ? "would write " : "",
                         files.empty() ? "nothing to write"
                         : is_dry      ? files
                                       : files + " written"));
  report.summary().text("repo", rebuilt.repo->id()).text("repo_type", to_string(rebuilt.repo->type()));
  report.summary()
      .number("entries", rebuilt.entries)
      .number("added", counts[MetaChange::Kind::added])
      .number("changed", counts[MetaChange::Kind::changed])
      .number("removed", counts[MetaChange::Kind::removed])
      .texts("written", rebuilt.written)
      .number("findings", report.findings())
      .boolean("dry_run", is_dry);
}

void act(const Arguments& arguments, Context& context) {
  if (arguments.positional().size() != 1 || arguments.positional().front().empty())
    throw Error(Cause::usage, "cache-meta takes one directory");
  const std::string& directory = arguments.positional().front();
  if (arguments.has("check") && arguments.has("rebuild"))
    throw Error(Cause::usage, "one thing at a time: --check or --rebuild");
  if (arguments.has("rebuild")) {
    const MetaRebuild request = rebuild_request(directory, arguments, context);
    const MetaRebuilt rebuilt = rebuild_meta(request);
    context.progress().finish();
    return report_rebuilt(rebuilt, request.is_dry, context);
  }
  for (const char* option : {"repo", "repo-type", "revision", "lfs", "pointer-newline", "hub", "timeout"})
    if (arguments.has(option))
      throw Error(Cause::usage, fmt::format("--{} goes with --rebuild only", option));
  if (arguments.has("check")) return check(directory, context);
  print_side_files(directory, context);
}

}  // namespace

Program cache_meta() {
  Program program;
  program.name = "cache-meta";
  program.summary = "show, check and rebuild the index of a directory of AI Studio's or ModelScope's client";
  program.usage =
      "[OPTION...] DIR\n"
      "--check DIR\n"
      "--rebuild [--repo OWNER/NAME] DIR";
  program.description =
      "DIR holds the files of one repo as aistudio-sdk 0.3 or modelscope up to 1.37 keeps them, in a cache "
      "or as "
      "local_dir, with .msc (the index), .mdl (the id) and .mv (the version) beside them. Without an option "
      "these "
      "are shown. They are Python pickles; nothing in them is executed, and one that would run code is "
      "refused, "
      "naming opcode and offset.\n"
      "--check compares the index with the files: AI Studio's tells the git id of each file, or of its LFS "
      "pointer, so that contents are proved; ModelScope's tells commits, so that only missing files are "
      "found.\n"
      "--rebuild writes the index anew for the files that are there, so that aistudio-sdk downloads none of "
      "them "
      "again. An id that the present index has for these very bytes is kept; otherwise .gitattributes, else "
      "the size, tells which files are large. With --hub the server is asked, and a file that is not what "
      "the "
      "server has is left out and named. A second run writes nothing.";
  program.options = {
      {"check", 0, "", "compare the index with the files"},
      {"rebuild", 0, "", "write .mv, .mdl and .msc for the files that are there"},
      {"repo", 0, "REPO", "[TYPE/]OWNER/NAME (default: as .mdl says)"},
      repo_type_option("of REPO; AI Studio has models and datasets"),
      {"revision", 0, "COMMIT",
       "written into .mv (default: it stays as it is); with --hub also a branch or tag, whose ids are asked "
       "for"},
      {"lfs", 0, "auto|GLOB",
       "which files are large ones: those that match (repeatable), or auto: .gitattributes, else over 5 MiB"},
      pointer_newline_option("", "as the present index proves"),
      {"hub", 0, "", "ask the server at $STUDIO_GIT_HOST for the ids"},
      {"timeout", 0, "AGE", "with --hub: how long an answer may take, all attempts included (default 60s)"},
  };
  program.examples = {
      {"cache-meta ~/.cache/aistudio/hub/models/PaddlePaddle/PP-OCRv5_server_det", "what the index says"},
      {"cache-meta --check DIR", "are the files what the index says?"},
      {"cache-meta --rebuild --repo PaddlePaddle/PP-OCRv5_server_det DIR",
       "files that came another way become a cache that aistudio-sdk takes for its own"},
      {"cache-meta --rebuild --hub --dry-run DIR", "what the server would say to these files"}};
  program.effect = Effect::changes;
  program.action = act;
  return program;
}

}  // namespace modelcache::cli
