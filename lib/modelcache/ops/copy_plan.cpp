// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/ops/copy.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace modelcache {

namespace {

std::string size_text(const ContentStep& step) {
  return step.is_size_known() ? std::to_string(step.entry.size) + " bytes" : "size unknown";
}

// A commit with all names it is to be published under.
struct Target {
  std::string commit;
  std::vector<std::string> refs;
};

class Planner {
 public:
  Planner(Source& source, Sink& sink, const CopyRequest& request)
      : source_(source),
        sink_(sink),
        request_(request),
        filter_(request.include, request.exclude),
        plan_{request.repo, {}, {}, {}, {}, 0} {}

  CopyPlan plan() {
    if (request_.source_after == SourceAfter::freed && request_.put.link == PutOptions::Link::symlink)
      throw Error(Cause::usage, "cannot move into links: they would lead to what is removed");
    for (Target& target : targets()) add_revision(std::move(target));
    refuse_if_missing();
    for (RevisionStep& step : std::exchange(plan_.revisions, {})) finish_revision(std::move(step));
    if (plan_.revisions.empty())
      throw Error(Cause::refused, "cannot convert " + plan_.repo.text() + ": no revision of it has contents");
    refuse_if_full();
    return std::move(plan_);
  }

 private:
  std::vector<Target> targets();
  void add_target(std::vector<Target>& targets, std::string commit,
                  const std::vector<std::string>& refs) const;
  void add_main_alias(std::vector<Target>& targets);
  void call_main_master(std::vector<Target>& targets);
  void keep_one(std::vector<Target>& targets);
  void add_revision(Target target);
  void leave_out(const RevisionStep& step, std::string_view reason);
  std::size_t add_content(const std::string& commit, const Entry& entry);
  bool is_shown(const std::string& commit, const Entry& entry);
  void plan_content(std::size_t place);
  void block(ContentStep& step);
  void finish_revision(RevisionStep step);
  void note_publication(const Publication& publication);
  void refuse_if_missing() const;
  void refuse_if_full() const;

  Source& source_;
  Sink& sink_;
  const CopyRequest& request_;
  PathFilter filter_;
  CopyPlan plan_;
  std::unordered_map<std::string, std::size_t> known_;  // address -> place
  std::unordered_set<Digest> coming_;                   // contents that another step brings in
  std::vector<bool> only_shown_;  // for each content: so far all that want it have a file of their own
};

void Planner::add_target(std::vector<Target>& targets, std::string commit,
                         const std::vector<std::string>& refs) const {
  auto found = std::find_if(targets.begin(), targets.end(),
                            [&](const Target& target) { return target.commit == commit; });
  if (found == targets.end()) found = targets.insert(found, Target{std::move(commit), {}});
  for (const std::string& ref : refs)
    if (std::find(found->refs.begin(), found->refs.end(), ref) == found->refs.end())
      found->refs.push_back(ref);
}

std::vector<Target> Planner::targets() {
  std::vector<Target> targets;
  if (request_.scope != Scope::chosen) {
    if (request_.scope == Scope::all_commits)
      for (std::string& commit : source_.commits(request_.repo)) add_target(targets, std::move(commit), {});
    for (const NamedCommit& name : source_.names(request_.repo))
      add_target(targets, name.commit, {name.name});
    const auto left_out = source_.left_out(request_.repo);
    plan_.findings.insert(plan_.findings.end(), left_out.begin(), left_out.end());
    if (targets.empty())
      throw Error(Cause::not_found, "cannot convert all of " + request_.repo.text() + ": nothing is there");
  } else {
    std::vector<std::string> revisions = request_.revisions;
    if (revisions.empty()) revisions.emplace_back();
    for (const std::string& revision : revisions) {
      const Selected selected = source_.select(request_.repo, revision);
      add_target(targets, selected.commit, request_.refs.empty() ? selected.refs : request_.refs);
      plan_.findings.insert(plan_.findings.end(), selected.notes.begin(), selected.notes.end());
    }
  }
  if (request_.main_alias == MainAlias::for_default_branch) add_main_alias(targets);
  if (request_.main_alias == MainAlias::as_master) call_main_master(targets);
  if (targets.size() > 1 && sink_.keeps_one_revision(request_.repo)) keep_one(targets);
  return targets;
}

void Planner::call_main_master(std::vector<Target>& targets) {
  const auto names = source_.names(request_.repo);
  if (std::any_of(names.begin(), names.end(), [](const NamedCommit& name) { return name.name == "master"; }))
    return;
  for (Target& target : targets)
    for (std::string& ref : target.refs)
      if (ref == "main") {
        ref = "master";
        plan_.notes.emplace_back("'main' is published as 'master', which clients of the target ask for");
      }
}

// What a client asks for when nobody names a revision.
void Planner::keep_one(std::vector<Target>& targets) {
  const auto is_default = [](const Target& target) {
    return std::any_of(target.refs.begin(), target.refs.end(),
                       [](const std::string& ref) { return ref == "main" || ref == "master"; });
  };
  const auto kept = std::find_if(targets.begin(), targets.end(), is_default);
  std::string others;
  for (auto one = targets.begin(); one != targets.end(); ++one) {
    if (one == kept) continue;
    others += (others.empty() ? "" : ", ") + terminal_safe(one->commit);
    for (const std::string& ref : one->refs) others += " (" + terminal_safe(ref) + ")";
  }
  if (kept == targets.end())
    throw Error(Cause::refused, "cannot convert all of " + plan_.repo.text() +
                                    ": the target keeps one revision of a repo; name one of " + others);
  plan_.notes.push_back("the target keeps one revision of a repo; left out: " + others);
  targets = {*kept};
}

void Planner::add_main_alias(std::vector<Target>& targets) {
  const std::string branch = source_.default_branch(request_.repo);
  if (branch.empty() || branch == "main") return;
  const auto names = source_.names(request_.repo);
  if (std::any_of(names.begin(), names.end(), [](const NamedCommit& name) { return name.name == "main"; }))
    return;
  const auto has = [](const Target& target, std::string_view ref) {
    return std::find(target.refs.begin(), target.refs.end(), ref) != target.refs.end();
  };
  for (Target& target : targets) {
    if (!has(target, branch) || has(target, "main")) continue;
    target.refs.emplace_back("main");
    plan_.notes.push_back("the default branch is '" + terminal_safe(branch) +
                          "'; it is also published as 'main', which clients ask for");
  }
}

void Planner::add_revision(Target target) {
  Snapshot snapshot = source_.snapshot(request_.repo, target.commit);
  source_.identify(request_.repo, snapshot, {request_.jobs, request_.put.cancelled});
  if (sink_.needs_last_commits(request_.repo)) source_.find_last_commits(request_.repo, snapshot);
  snapshot.refs = std::move(target.refs);
  std::sort(snapshot.refs.begin(), snapshot.refs.end());
  plan_.findings.insert(plan_.findings.end(), snapshot.findings.begin(), snapshot.findings.end());
  RevisionStep step{{std::move(snapshot), {}}, {}, {}, false};
  const auto& entries = step.publication.snapshot.entries;
  const auto is_wanted = [this](const Entry& entry) {
    return filter_.passes(entry.path) && !(request_.missing == Missing::as_is && entry.is_only_listed);
  };
  if (std::none_of(entries.begin(), entries.end(), is_wanted))
    return leave_out(step, entries.empty() ? "it has no files"
                           : request_.missing == Missing::as_is
                               ? "no file of it is here that passes --include and --exclude"
                               : "no file of it passes --include and --exclude");
  // Where only contents tell commits, two names may turn out to be one revision.
  for (RevisionStep& other : plan_.revisions) {
    Snapshot& known = other.publication.snapshot;
    if (known.commit != step.publication.snapshot.commit) continue;
    for (const std::string& ref : step.publication.snapshot.refs)
      if (std::find(known.refs.begin(), known.refs.end(), ref) == known.refs.end()) known.refs.push_back(ref);
    std::sort(known.refs.begin(), known.refs.end());
    return;
  }
  for (const Entry& entry : entries)
    step.contents.push_back(is_wanted(entry) ? add_content(step.publication.snapshot.commit, entry)
                                             : RevisionStep::npos);
  step.path = sink_.path_of(step.publication.snapshot);
  plan_.revisions.push_back(std::move(step));
}

// Among all revisions of a source an empty one stops nothing. Clients take an empty snapshot for a whole one,
// so none is made.
void Planner::leave_out(const RevisionStep& step, std::string_view reason) {
  const Snapshot& snapshot = step.publication.snapshot;
  if (request_.scope != Scope::all_commits)
    throw Error(Cause::refused,
                "cannot convert '" + terminal_safe(snapshot.commit) + "': " + std::string(reason));
  plan_.findings.push_back(make_finding(FindingCode::revision_incomplete, plan_.repo.text(),
                                        "snapshots/" + snapshot.commit, "left out: " + std::string(reason)));
  if (!snapshot.refs.empty()) plan_.findings.back().severity = Severity::error;
}

std::size_t Planner::add_content(const std::string& commit, const Entry& entry) {
  const std::size_t place = plan_.contents.size();
  if (entry.content) {
    const auto [known, is_new] = known_.try_emplace(sink_.address(entry), place);
    if (!is_new) {
      if (only_shown_[known->second] && !is_shown(commit, entry)) plan_content(known->second);
      return known->second;
    }
  }
  plan_.contents.push_back({entry, Action::reuse, Method::none, 0, {}, false});
  const bool is_held = entry.content && sink_.holds(request_.repo, entry, request_.put);
  only_shown_.push_back(!is_held && is_shown(commit, entry));
  if (!is_held && !only_shown_.back()) plan_content(place);
  return place;
}

bool Planner::is_shown(const std::string& commit, const Entry& entry) {
  return entry.content && sink_.shows_file(request_.repo, commit, entry);
}

void Planner::plan_content(std::size_t place) {
  only_shown_[place] = false;
  ContentStep& step = plan_.contents[place];
  if (auto reason = source_.lacks(request_.repo, step.entry)) {
    step.action = Action::skip;
    step.reason = std::move(*reason);
    return;
  }
  if (sink_.is_blocked(request_.repo, step.entry, request_.put)) return block(step);
  if (sink_.shares_between_addresses() && !coming_.insert(*step.entry.content).second) return;
  step.action = Action::write;
  step.method = sink_.foresee(step.entry, source_.place(request_.repo, step.entry), request_.put);
  step.bytes = step.method == Method::copy ? step.entry.size : 0;
  plan_.bytes_to_write += step.bytes;
}

void Planner::block(ContentStep& step) {
  step.action = Action::skip;
  step.is_blocked = true;
  step.reason = "another file is in its place and was kept";
  plan_.findings.push_back(
      make_finding(FindingCode::stray_entry, request_.repo.text(), step.entry.path, step.reason));
  plan_.findings.back().severity = Severity::error;
}

void Planner::finish_revision(RevisionStep step) {
  Publication& publication = step.publication;
  publication.present.resize(publication.snapshot.entries.size());
  bool writes = false;
  for (std::size_t i = 0; i < step.contents.size(); ++i) {
    if (step.contents[i] == RevisionStep::npos) continue;
    const Action action = plan_.contents[step.contents[i]].action;
    publication.present[i] = action != Action::skip;
    writes = writes || action == Action::write;
  }
  if (std::find(publication.present.begin(), publication.present.end(), true) == publication.present.end())
    return leave_out(step, "not one of its contents is there");
  step.is_published = !writes && sink_.is_published(publication);
  if (!step.is_published) note_publication(publication);
  plan_.revisions.push_back(std::move(step));
}

void Planner::note_publication(const Publication& publication) {
  plan_.bytes_to_write += sink_.extra_bytes(publication);
  for (std::string& note : sink_.notes(publication))
    if (std::find(plan_.notes.begin(), plan_.notes.end(), note) == plan_.notes.end())
      plan_.notes.push_back(std::move(note));
}

void Planner::refuse_if_missing() const {
  if (request_.missing == Missing::skip) return;
  const auto missing = plan_.missing();
  if (missing.empty()) return;
  std::string text = "cannot convert " + plan_.repo.text() + ": " + std::to_string(missing.size()) +
                     (missing.size() == 1 ? " content is" : " contents are") +
                     " missing; --partial goes on without";
  for (const ContentStep* step : missing)
    text += "\n  " + terminal_safe(step->entry.path) + "  " + size_text(*step) + "  " +
            (step->entry.content ? step->entry.content->text() + "  " : "") + terminal_safe(step->reason);
  throw Error(Cause::refused, text);
}

void Planner::refuse_if_full() const {
  if (plan_.bytes_to_write == 0) return;
  const std::uint64_t free = sink_.free_bytes();
  if (plan_.bytes_to_write <= free) return;
  const std::string place = sink_.path_of(plan_.revisions.front().publication.snapshot);
  throw_error(Cause::io, "store", place,
              "it takes " + std::to_string(plan_.bytes_to_write) + " bytes and only " + std::to_string(free) +
                  " are free; nothing was written");
}

}  // namespace

CopyPlan plan_copy(Source& source, Sink& sink, const CopyRequest& request) {
  return Planner(source, sink, request).plan();
}

std::vector<const ContentStep*> CopyPlan::missing() const {
  std::vector<const ContentStep*> missing;
  for (const ContentStep& step : contents)
    if (step.action == Action::skip && !step.is_blocked) missing.push_back(&step);
  return missing;
}

bool ContentStep::is_size_known() const {
  return action != Action::skip || entry.size > 0 || !entry.content ||
         entry.content->kind() == HashKind::sha256;
}

bool CopyPlan::is_done() const {
  return std::all_of(revisions.begin(), revisions.end(),
                     [](const RevisionStep& step) { return step.is_published; });
}

std::string_view to_string(Action action) {
  switch (action) {
    case Action::write:
      return "write";
    case Action::reuse:
      return "reuse";
    case Action::skip:
      return "skip";
  }
  return "";
}

}  // namespace modelcache
