// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the converting programs share: their options, and the way from two places to a finished copy. Promise:
// an option means the same in each of them.

#include "modelcache/cli/app.hpp"
#include "modelcache/cli/copy_report.hpp"
#include "modelcache/cli/program.hpp"
#include "modelcache/ops/copy.hpp"
#include "modelcache/store/locate.hpp"
#include "modelcache/store/open.hpp"

#include <string>
#include <vector>

namespace modelcache::cli {

// --include, --exclude, --link, --verify, --partial, --move.
std::vector<OptionSpec> copy_options();
// Those options, and what all programs share, as a request. The caller adds revisions and refs.
CopyRequest copy_request(const RepoId& repo, const Arguments& arguments, Context& context);
// How the source is opened: --repo where the program has it, --repo-type, --move, --allow-foreign-owner.
// Throws Error(usage).
SourceOptions source_options(const Arguments& arguments, const Context& context);
// --ref of programs that have it, each a name that clients can ask for. Throws Error(usage).
std::vector<std::string> ref_names(const Arguments& arguments);

// --dry-run or not.
Run run_of(const Arguments& arguments);

// `text` as a place of this layout, which it may name in front. Throws Error(usage) when nothing is left.
Place place_in(Layout layout, const std::string& text);
// A cache that is to be read. Throws Error(usage), Error(not_found).
Place source_cache(const std::string& text);
// A cache that is to be written, which need not be there when its layout is said: --to, by default the hub's.
// For --modelscope-version 1.37 and older "modelscope:" alone is where those releases look. Throws
// Error(usage).
Place target_cache(const Arguments& arguments);
// --pointer-newline and --modelscope-version, for programs that write caches.
std::vector<OptionSpec> tree_options();
// How the cache is written. Throws Error(usage) for an option of another layout.
SinkOptions sink_options(const Place& target, const Arguments& arguments, const Context& context);
// What the branch that clients ask for is called in the target, where the user names none.
MainAlias main_alias(const Place& source, const Place& target, const std::vector<std::string>& refs);
// Throws Error(usage) when the target is the source or lies in it.
void refuse_overlap(const Place& source, const Place& target);
// Throws Error(usage) too when the source lies in the target.
void refuse_nesting(const Place& source, const Place& target);

// All that the source calls the commit.
std::vector<std::string> names_of(Source& source, const RepoId& repo, const std::string& commit);

// Plans, shows or executes, and reports: one of several, or all that there is. Returns what was done, or
// would be.
CopyPlan run_copy(Source& source, Sink& sink, const CopyRequest& request, CopyReport& report,
                  Context& context);
CopyPlan run_copy(Source& source, Sink& sink, const CopyRequest& request, const Arguments& arguments,
                  Context& context);

}  // namespace modelcache::cli
