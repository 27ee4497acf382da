// SPDX-License-Identifier: Apache-2.0
#pragma once

// Source -> Sink: plan, then execute. Promise: a plan is made of looking only; executing it shows a snapshot,
// its listing and its refs only after every content that they name was checked and is on disk, and a second
// run of an equal request writes nothing.

#include "modelcache/format/pattern.hpp"
#include "modelcache/store/store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

// What contents that the source lacks mean. as_is: files that it never had are left out, as it has them;
// damage is refused.
enum class Missing { refuse, as_is, skip };
enum class SourceAfter { kept, freed };  // freed: --move
enum class MainAlias { none, for_default_branch, as_master };
// all_names: every name of the source; all_commits: those, and the revisions that no name leads to.
enum class Scope { chosen, all_names, all_commits };

struct CopyRequest {
  RepoId repo;
  std::vector<std::string> revisions = {};  // as typed; empty: what the source is at
  Scope scope = Scope::chosen;              // otherwise no revisions are typed
  std::vector<std::string> refs = {};       // names to publish under; empty: what the source says
  std::vector<std::string> include = {};    // the hub's patterns; empty: all
  std::vector<std::string> exclude = {};
  PutOptions put = {};
  Missing missing = Missing::refuse;
  SourceAfter source_after = SourceAfter::kept;
  std::chrono::milliseconds settle = Moved().settle;  // before moved contents are freed
  // for_default_branch: a source whose default branch is not "main", and that has no "main", also gets a ref
  // "main". as_master: "main" is published as "master", unless the source has a "master" too.
  MainAlias main_alias = MainAlias::none;
  unsigned jobs = 1;  // contents at a time
  // The first name of each content before it is brought in, from any thread; may be empty.
  std::function<void(std::string_view)> starting = nullptr;
};

enum class Action { write, reuse, skip };
std::string_view to_string(Action action);

// One distinct content of all revisions.
struct ContentStep {
  Entry entry;  // the first that names it
  Action action = Action::write;
  Method method = Method::none;  // foreseen in a plan, what was done in a report
  std::uint64_t bytes = 0;       // copied, not shared
  std::string reason;            // why it is skipped
  bool is_blocked = false;       // skipped, since another file is in its place

  bool is_size_known() const;  // not of a git object that the source lacks
};

struct RevisionStep {
  Publication publication;
  std::vector<std::size_t> contents;  // for each entry its place in CopyPlan::contents; npos: filtered out
  std::string path;                   // of the snapshot
  bool is_published = false;          // nothing is left to do for it

  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

struct CopyPlan {
  RepoId repo;
  std::vector<ContentStep> contents;
  std::vector<RevisionStep> revisions;
  std::vector<Finding> findings;
  std::vector<std::string> notes;  // choices made for the user, one sentence each
  std::uint64_t bytes_to_write = 0;

  std::vector<const ContentStep*> missing() const;  // contents that the source lacks
  bool is_done() const;                             // executing it would write nothing
};

// Throws Error(not_found) for a revision that is not there, Error(refused) when contents are missing and that
// is not allowed, or nothing would be left; the message lists them. Error(io) when the space is known not to
// suffice, Error(usage) for links to a source that is to be freed. Reads contents only where nothing else
// tells what they are (Source::identify, Sink::holds). Writes nothing. Locks: none.
CopyPlan plan_copy(Source& source, Sink& sink, const CopyRequest& request);

// Does what the plan says and returns it with what was done. `cancelled` in request.put ends it between two
// chunks with Error(io); on any throw no snapshot or ref is new, contents that were proved may stay for the
// next run. Locks: the repo, then each content while it is written (Sink).
CopyPlan execute(CopyPlan plan, Source& source, Sink& sink, const CopyRequest& request);

}  // namespace modelcache
