// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/base/threads.hpp"
#include "modelcache/ops/copy.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <mutex>

namespace modelcache {

namespace {

// Brings the contents of a plan in, several at a time. The first failure stops all.
class Carrier {
 public:
  Carrier(Source& source, Sink& sink, const CopyRequest& request, std::vector<ContentStep>& steps)
      : source_(source), sink_(sink), request_(request), options_(request.put), steps_(steps) {
    options_.cancelled = &stopped_;
  }

  void run() {
    run_in_threads(std::min<std::size_t>(request_.jobs, steps_.size()), [this] { carry(); });
    if (failure_) std::rethrow_exception(failure_);
    // A wish to stop that came with the last bytes of one content fails nothing; the others are not here yet.
    if (stopped_ || is_cancelled()) throw_interrupted();
  }

 private:
  [[noreturn]] static void throw_interrupted() { throw Error(Cause::io, "cannot go on: interrupted", EINTR); }

  bool is_cancelled() const {
    return request_.put.cancelled != nullptr && request_.put.cancelled->load(std::memory_order_relaxed);
  }

  void carry() noexcept {
    for (std::size_t i = next_++; i < steps_.size() && !stopped_; i = next_++) {
      try {
        if (steps_[i].action == Action::write) bring(steps_[i]);
      } catch (...) {
        const std::scoped_lock lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        stopped_ = true;
      }
    }
  }

  void bring(ContentStep& step) {
    PutOptions options = options_;
    // The user's wish to stop reaches every transfer through one flag.
    options.progress = [this](std::uint64_t bytes) {
      if (is_cancelled()) stopped_ = true;
      if (request_.put.progress) request_.put.progress(bytes);
    };
    if (request_.starting) request_.starting(step.entry.path.bytes());
    options.progress(0);
    if (stopped_) throw_interrupted();
    const PutResult result =
        sink_.put(request_.repo, step.entry, source_.open(request_.repo, step.entry), options);
    step.action = result.written ? Action::write : Action::reuse;
    step.method = result.method;
    step.bytes = result.bytes;
  }

  Source& source_;
  Sink& sink_;
  const CopyRequest& request_;
  PutOptions options_;
  std::vector<ContentStep>& steps_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::exception_ptr failure_;
};

// Which contents of the plan may go at the source: each is proved in the sink.
std::vector<bool> proved_contents(CopyPlan& plan, Sink& sink, const PutOptions& put) {
  std::vector<bool> proved(plan.contents.size());
  for (std::size_t i = 0; i < proved.size(); ++i) {
    const ContentStep& step = plan.contents[i];
    if (step.action == Action::skip) continue;
    const bool is_hashed = step.action == Action::write && put.verify == PutOptions::Verify::full;
    proved[i] = is_hashed || sink.proves(plan.repo, step.entry);
    if (!proved[i])
      plan.findings.push_back(make_finding(FindingCode::blob_corrupt, plan.repo.text(),
                                           step.entry.content->hex(),
                                           "what the target holds is not this content; the source was kept"));
  }
  return proved;
}

// Nothing when the source has something of it that is not in the sink.
std::optional<MovedRevision> moved_revision(const RevisionStep& step, const std::vector<bool>& proved) {
  const Snapshot& snapshot = step.publication.snapshot;
  MovedRevision moved{snapshot.commit, snapshot.refs, {}};
  for (std::size_t i = 0; i < step.contents.size(); ++i) {
    const std::size_t place = step.contents[i];
    const bool is_moved = place != RevisionStep::npos && proved[place];
    if (!is_moved && !snapshot.entries[i].is_only_listed) return {};
    if (is_moved) moved.files.push_back(snapshot.entries[i].path);
  }
  return moved;
}

// Last of all, when everything is durable.
void free_source(CopyPlan& plan, Source& source, Sink& sink, const CopyRequest& request) {
  const std::vector<bool> proved = proved_contents(plan, sink, request.put);
  // The target is to be as it stays before the source goes: a killed run would leave nobody to tidy it up.
  sink.finish();
  Moved moved{{}, {}, request.put.wait, request.settle};
  for (std::size_t i = 0; i < proved.size(); ++i)
    if (proved[i]) moved.contents.push_back(plan.contents[i].entry);
  for (const RevisionStep& step : plan.revisions)
    if (auto revision = moved_revision(step, proved)) moved.revisions.push_back(std::move(*revision));
  const Freed freed = source.remove(plan.repo, moved);
  plan.notes.push_back("freed " + std::to_string(freed.bytes) + " bytes of the source");
  plan.findings.insert(plan.findings.end(), freed.findings.begin(), freed.findings.end());
}

}  // namespace

CopyPlan execute(CopyPlan plan, Source& source, Sink& sink, const CopyRequest& request) {
  if (!plan.is_done()) {
    sink.prepare(request.repo, request.put.wait);
    Carrier(source, sink, request, plan.contents).run();
    for (RevisionStep& step : plan.revisions) {
      const auto findings = sink.publish(step.publication);
      plan.findings.insert(plan.findings.end(), findings.begin(), findings.end());
    }
  }
  if (request.source_after == SourceAfter::freed) free_source(plan, source, sink, request);
  return plan;
}

}  // namespace modelcache
