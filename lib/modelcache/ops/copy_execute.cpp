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
  }

 private:
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
    if (stopped_) throw Error(Cause::io, "cannot go on: interrupted", EINTR);
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

// Last of all, when everything is durable: each stored copy whose content is proved in the sink.
void free_source(CopyPlan& plan, Source& source, Sink& sink) {
  std::uint64_t freed = 0;
  for (const ContentStep& step : plan.contents) {
    if (step.action == Action::skip) continue;
    const bool proved = step.action == Action::write || sink.proves(plan.repo, step.entry);
    if (proved) {
      freed += source.remove(plan.repo, step.entry);
      continue;
    }
    plan.findings.push_back(make_finding(FindingCode::blob_corrupt, plan.repo.text(),
                                         step.entry.content->hex(),
                                         "what the target holds is not this content; the source was kept"));
  }
  plan.notes.push_back("freed " + std::to_string(freed) + " bytes of the source");
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
  if (request.source_after == SourceAfter::freed) free_source(plan, source, sink);
  return plan;
}

}  // namespace modelcache
