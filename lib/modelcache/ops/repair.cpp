// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/repair.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/units.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

namespace modelcache {

namespace {

void refuse_nesting(const std::string& one, const std::string& other, std::string_view what) {
  if (!lies_in(one, other) && !lies_in(other, one)) return;
  throw Error(Cause::usage, "'" + terminal_safe(one) + "' and " + std::string(what) + " '" +
                                terminal_safe(other) + "' must not be, or lie in, each other");
}

void require_apart(const RepairRequest& request) {
  for (const Place& from : request.from) refuse_nesting(request.place.path, from.path, "the source");
  if (!request.quarantine) return;
  refuse_nesting(request.place.path, *request.quarantine, "the quarantine");
  for (const Place& from : request.from) refuse_nesting(from.path, *request.quarantine, "the quarantine");
}

}  // namespace

std::string_view to_string(RepairStep::Action action) {
  return action == RepairStep::Action::restore ? "restore" : "none";
}

Repair::Repair(RepairRequest request) : request_(std::move(request)) {
  require_apart(request_);
  EvidenceOptions options;
  options.allow_foreign_owner = request_.allow_foreign_owner;
  options.jobs = request_.search.jobs;
  for (const Place& from : request_.from) sources_.push_back(std::make_unique<RepairSource>(from, options));
  if (request_.quarantine) quarantine_.emplace(*request_.quarantine);
  mending_ = open_mending(request_.place,
                          request_.allow_foreign_owner ? ForeignRoot::allowed : ForeignRoot::refused);
}

Repair::~Repair() = default;

std::vector<std::pair<const RepairSource*, RepairSource::Candidate>> Repair::candidates(
    const Expectation& expected) const {
  std::vector<std::pair<const RepairSource*, RepairSource::Candidate>> all;
  for (const auto& source : sources_)
    for (RepairSource::Candidate& one : source->find(expected))
      all.emplace_back(source.get(), std::move(one));
  return all;
}

RepairPlan Repair::plan(const Verification& found) {
  RepairPlan plan;
  for (const SpoiledFile& spoiled : found.spoiled) {
    RepairStep step;
    step.file = spoiled.number;
    step.spoiled = spoiled;
    try {
      step.name = mending_->find(spoiled);
      const bool is_bad = found.files[spoiled.number].status != VerifyStatus::missing;
      step.is_moved = quarantine_ && is_bad && step.name.there;
      if (step.is_moved) step.moved_to = quarantine_->foresee(step.name);
    } catch (const Error& error) {
      if (error.cause() != Cause::refused) throw;
      step.reason = step.not_moved = error.what();
    }
    plan.steps.push_back(std::move(step));
  }
  std::vector<const Expectation*> unknown;
  for (const RepairStep& step : plan.steps)
    if (step.reason.empty() && step.spoiled.expected.is_proof() && candidates(step.spoiled.expected).empty())
      unknown.push_back(&step.spoiled.expected);
  for (const auto& source : sources_) source->search(unknown, request_.search);
  std::set<std::string> counted;  // several files may have one content
  for (RepairStep& step : plan.steps) {
    if (step.reason.empty()) look_for(step);
    if (counted.insert(step.name.shown).second) plan.bytes_to_write += step.bytes;
  }
  return plan;
}

void Repair::look_for(RepairStep& step) const {
  if (sources_.empty()) return;
  if (!step.spoiled.expected.is_proof()) {
    step.reason = "nothing proves what it should be";
    return;
  }
  const auto all = candidates(step.spoiled.expected);
  if (all.empty()) {
    step.reason = "no source has its content";
    return;
  }
  step.action = RepairStep::Action::restore;
  step.from = all.front().first->path_of(all.front().second);
  step.bytes = all.front().second.entry.size;
}

void Repair::execute(RepairPlan& plan, Verification& found, std::vector<Error>& failures) {
  for (const std::string& directory : found.directories) mending_->tidy(directory);
  for (RepairStep& step : plan.steps) {
    if (is_cancelled()) {
      step.action = RepairStep::Action::none;
      step.is_moved = false;
      step.reason = step.not_moved = "interrupted";
      continue;
    }
    carry_out(step, found.files[step.file], failures);
  }
  mending_->finish();
}

void Repair::carry_out(RepairStep& step, VerifiedFile& file, std::vector<Error>& failures) {
  const bool wants_restoring = step.action == RepairStep::Action::restore;
  step.action = RepairStep::Action::none;
  step.bytes = 0;
  if (request_.starting) request_.starting(file.path);
  try {
    if (step.is_moved) move_aside(step);
  } catch (const Error& error) {
    step.is_moved = false;
    step.not_moved = step.reason = error.what();
    if (error.cause() != Cause::refused) failures.push_back(error);
    return;
  }
  if (!wants_restoring) return;
  try {
    restore(step, file);
  } catch (const Error& error) {
    step.reason = error.what();
    if (error.cause() != Cause::refused) failures.push_back(error);
  }
}

// Several names may lead to one bad content, which goes once.
void Repair::move_aside(RepairStep& step) {
  const auto before = moved_.find(step.name.shown);
  if (before != moved_.end()) {
    step.moved_to = before->second;
  } else {
    const auto held = mending_->hold(step.spoiled, step.name, request_.put.wait);
    const Quarantine::Taken taken = quarantine_->take(step.name, request_.put.cancelled);
    step.moved_to = taken.path;
    step.move_method = taken.method;
    moved_.emplace(step.name.shown, taken.path);
  }
  if (step.name.there->kind == FileKind::file) step.name.mode = step.name.there->mode;
  step.name.there.reset();
}

void Repair::restore(RepairStep& step, VerifiedFile& file) {
  for (const auto& [source, candidate] : candidates(step.spoiled.expected)) {
    if (!try_source(step, *source, candidate)) continue;
    step.action = RepairStep::Action::restore;
    step.from = source->path_of(candidate);
    file.is_restored = true;
    file.size = candidate.entry.size;
    if (const auto status = mending_->status(step.spoiled)) file.modified = nanoseconds(status->modified);
    return;
  }
  step.from.clear();
  step.reason = step.refused.empty() ? "no source has its content any more" : step.refused.back();
}

// False when the source is not what it was taken for.
bool Repair::try_source(RepairStep& step, const RepairSource& source,
                        const RepairSource::Candidate& candidate) {
  try {
    const auto content = source.open(candidate);
    if (!content) return false;
    const PutResult result =
        mending_->restore(step.spoiled, step.name, candidate.entry, *content, request_.put);
    step.method = result.method;
    step.bytes = result.written ? candidate.entry.size : 0;
    return true;
  } catch (const Error& error) {
    if (error.cause() != Cause::refused) throw;
    step.refused.emplace_back(error.what());
    return false;
  }
}

}  // namespace modelcache
