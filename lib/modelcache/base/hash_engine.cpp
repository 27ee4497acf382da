// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/hash_engine.hpp"

#include "modelcache/base/file_reading.hpp"
#include "modelcache/base/hash_stream.hpp"
#include "modelcache/base/read_ahead.hpp"
#include "modelcache/base/threads.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <numeric>
#include <system_error>
#include <utility>
#include <vector>

namespace modelcache {

namespace {

// With what each of them needs, below 64 MiB.
constexpr std::size_t most_jobs = 64;
// Of all chunks of a thread: they stay in its part of the cache between the kernel's copying and the hashing.
constexpr std::size_t chunks_size = std::size_t{256} << 10;
constexpr std::size_t largest_chunk = std::size_t{128} << 10;
// Files below are taken in the order in which they were given, which is mostly that of the disk.
constexpr std::uint64_t sorted_from = std::uint64_t{1} << 20;
// What is left of a file must be worth it, to pass it on to another thread, or to read it in another.
constexpr std::uint64_t passed_on_from = std::uint64_t{1} << 20;
constexpr std::uint64_t read_ahead_from = std::uint64_t{16} << 20;
constexpr std::uint64_t progress_step = std::uint64_t{1} << 20;

using StreamPointer = std::unique_ptr<HashStream>;

// Ends a thread when all end. No Error, since these are outcomes of files.
struct Stopped {};

// The largest first, lest one of them comes last and alone.
std::vector<std::size_t> order_of(std::span<const HashTask> tasks) {
  std::vector<std::size_t> order(tasks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto middle = std::stable_partition(order.begin(), order.end(),
                                            [&](std::size_t i) { return tasks[i].size >= sorted_from; });
  std::sort(order.begin(), middle,
            [&](std::size_t a, std::size_t b) { return tasks[a].size > tasks[b].size; });
  return order;
}

sha256::Plan plan_for(std::span<const HashTask> tasks) {
  std::uint64_t bytes = 0;
  for (const HashTask& task : tasks)
    if (task.kind == HashKind::sha256) bytes += task.size;
  return sha256::make_plan(bytes);
}

// How many files may be open at once: others need descriptors, too.
std::size_t most_files() {
  rlimit limit{};
  const bool is_known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return is_known ? static_cast<std::size_t>(limit.rlim_cur) / 2 : most_jobs * sha256::most_lanes;
}

// What the threads of one call share.
class Run {
 public:
  Run(std::span<const HashTask> tasks, const std::function<OpenedFile(std::size_t)>& open,
      const std::function<void(std::size_t, HashOutcome)>& done, const HashEngineOptions& options)
      : tasks_(tasks),
        open_(open),
        done_(done),
        options_(options),
        plan_(plan_for(tasks)),
        lanes_(std::clamp<std::size_t>(most_files(), 1, plan_.lanes())),
        jobs_(std::clamp<std::size_t>(std::min<std::size_t>(options.jobs, most_files() / lanes_), 1,
                                      most_jobs)),
        order_(order_of(tasks)),
        unreported_(tasks.size()) {}

  const sha256::Plan& plan() const noexcept { return plan_; }
  std::size_t lanes() const noexcept { return lanes_; }  // files that a thread has open
  std::size_t jobs() const noexcept { return jobs_; }

  // The number of a task that nobody has taken; nothing: there is none.
  std::optional<std::size_t> take_task() {
    const std::size_t place = next_ < order_.size() ? next_++ : order_.size();
    return place < order_.size() ? std::optional(order_[place]) : std::nullopt;
  }
  bool has_tasks() const noexcept { return next_ < order_.size(); }

  void begin(HashStream& stream, std::size_t index) const {
    stream.begin(index, tasks_[index], open_(index), options_.page_cache);
  }

  // Throws Stopped when there is no more to be done.
  void check() {
    if (stopped_) throw Stopped();
    guarded([this] {
      check_cancelled(options_.cancelled);
      check_deadline(options_.deadline);
    });
  }

  void report(std::size_t index, HashOutcome outcome, std::uint64_t read) {
    report_progress(read);
    {
      const std::scoped_lock lock(report_mutex_);
      check();
      guarded([&] { done_(index, std::move(outcome)); });
    }
    if (--unreported_ > 0) return;
    const std::scoped_lock lock(mutex_);
    changed_.notify_all();
  }

  void report_progress(std::uint64_t read) {
    if (read == 0 || !options_.progress) return;
    const std::scoped_lock lock(report_mutex_);
    guarded([&] { options_.progress(read); });
  }

  bool wants_streams() {
    if (idle_ == 0) return false;
    const std::scoped_lock lock(mutex_);
    return idle_ > offered_.size();
  }

  void offer(StreamPointer stream) {
    const std::scoped_lock lock(mutex_);
    offered_.push_back(std::move(stream));
    changed_.notify_all();
  }

  // What another thread has too much of; null when all is done.
  StreamPointer wait_for_stream() {
    std::unique_lock lock(mutex_);
    ++idle_;
    changed_.wait(lock, [this] { return stopped_ || unreported_ == 0 || !offered_.empty(); });
    --idle_;
    if (stopped_ || offered_.empty()) return nullptr;
    StreamPointer stream = std::move(offered_.back());
    offered_.pop_back();
    return stream;
  }

  // Whether one more thread may run, which gives its place back with end_reader().
  bool may_begin_reader() {
    const std::scoped_lock lock(mutex_);
    if (readers_ + workers_ - idle_ >= jobs_) return false;
    ++readers_;
    return true;
  }

  void end_reader() {
    const std::scoped_lock lock(mutex_);
    --readers_;
  }

  void enter() {
    const std::scoped_lock lock(mutex_);
    ++workers_;
  }

  void leave() {
    const std::scoped_lock lock(mutex_);
    --workers_;
  }

  // The first reason is the one that the caller gets.
  void stop(std::exception_ptr reason) {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = std::move(reason);
    stopped_ = true;
    changed_.notify_all();
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  // What comes from the caller's own functions is about no file.
  template <typename Call>
  void guarded(const Call& call) {
    try {
      call();
    } catch (...) {
      stop(std::current_exception());
      throw Stopped();
    }
  }

  std::span<const HashTask> tasks_;
  const std::function<OpenedFile(std::size_t)>& open_;
  const std::function<void(std::size_t, HashOutcome)>& done_;
  const HashEngineOptions& options_;
  const sha256::Plan plan_;
  const std::size_t lanes_;
  const std::size_t jobs_;
  const std::vector<std::size_t> order_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> unreported_;
  std::atomic<bool> stopped_{false};
  std::mutex report_mutex_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<StreamPointer> offered_;
  std::atomic<std::size_t> idle_{0};  // threads that have nothing to do
  std::size_t workers_ = 0;
  std::size_t readers_ = 0;
  std::exception_ptr failure_;
};

// A thread that reads a file for the one that hashes it, where that is not one more than was asked for.
class Reader {
 public:
  Reader(Run& run, const HashStream& stream) : run_(run) {
    if (stream.left() < read_ahead_from || !run_.may_begin_reader()) return;
    try {
      thread_.emplace(stream.file().file, stream.file().path, stream.position(), stream.size());
    } catch (const std::system_error&) {
      run_.end_reader();
    }
  }
  ~Reader() {
    if (thread_) run_.end_reader();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  explicit operator bool() const noexcept { return thread_.has_value(); }
  std::span<const std::byte> next() { return thread_->next(); }

 private:
  Run& run_;
  std::optional<ReadAhead> thread_;
};

// One thread: as many files at once as the kernel has lanes, each replaced as soon as it ends.
class Worker {
 public:
  explicit Worker(Run& run) : run_(run), lanes_(run.lanes()) {}

  void work() {
    while (take_streams()) {
      run_.check();
      pass_on(active_.size() / 2);
      advance();
      std::erase(active_, nullptr);
    }
  }

 private:
  bool take_streams() {
    while (active_.size() < lanes_) {
      const auto task = run_.take_task();
      if (!task) break;
      run_.check();
      take(*task);
    }
    if (!active_.empty()) return true;
    report_progress();
    StreamPointer stream = run_.wait_for_stream();
    if (!stream) return false;
    active_.push_back(std::move(stream));
    return true;
  }

  void take(std::size_t task) {
    StreamPointer stream = new_stream();
    try {
      run_.begin(*stream, task);
    } catch (const Error& error) {
      report_error(stream, task, error);
      return;
    }
    // No kernel takes it beside others, so it costs nothing to let these wait for it.
    if (stream->kind() != HashKind::sha256) {
      hash_alone(stream);
      if (stream) finish(stream);
    } else {
      active_.push_back(std::move(stream));
    }
  }

  StreamPointer new_stream() {
    if (unused_.empty())
      return std::make_unique<HashStream>(std::min(largest_chunk, chunks_size / lanes_), made_++);
    StreamPointer stream = std::move(unused_.back());
    unused_.pop_back();
    return stream;
  }

  // To other threads that have nothing to do.
  void pass_on(std::size_t most) {
    if (run_.has_tasks()) return;
    for (std::size_t rest = most; rest > 0 && run_.wants_streams(); --rest) {
      if (active_.back()->left() < passed_on_from) return;
      run_.offer(std::move(active_.back()));
      active_.pop_back();
    }
  }

  void advance() {
    if (active_.size() == 1 && active_[0]->lane().blocks == 0 && !run_.has_tasks()) hash_alone(active_[0]);
    std::array<sha256::Lane*, sha256::most_lanes> lanes{};
    std::size_t count = 0;
    for (StreamPointer& stream : active_) {
      if (stream && stream->lane().blocks == 0 && !stream->is_over())
        attempt(stream, [&] { unreported_bytes_ += stream->fill(); });
      if (stream) lanes[count++] = &stream->lane();
    }
    run_.plan().advance(std::span(lanes.data(), count));
    for (StreamPointer& stream : active_)
      if (stream && stream->is_over()) finish(stream);
    if (unreported_bytes_ >= progress_step) report_progress();
  }

  // To the last chunk, with another thread that reads where one is to be had. Without, what kernels can hash
  // is left to them.
  void hash_alone(StreamPointer& stream) {
    attempt(stream, [&] {
      Reader reader(run_, *stream);
      const bool is_for_kernels = stream->kind() == HashKind::sha256;
      if (!reader && is_for_kernels) return;
      while (stream->left() > 0) {
        run_.check();
        if (!is_for_kernels) pass_on(active_.size());
        const auto chunk = reader ? reader.next() : stream->read();
        stream->absorb(chunk, run_.plan());
        unreported_bytes_ += chunk.size();
        if (unreported_bytes_ >= progress_step) report_progress();
      }
    });
  }

  // Where `act` fails, that is what becomes of the file, and `stream` is null.
  template <typename Act>
  void attempt(StreamPointer& stream, const Act& act) {
    try {
      act();
    } catch (const Error& error) {
      report_error(stream, stream->index(), error);
    }
  }

  void finish(StreamPointer& stream) {
    std::optional<Digest> digest;
    attempt(stream, [&] { digest = stream->finish(); });
    if (!stream) return;
    report(stream, {digest, {}});
  }

  void report_error(StreamPointer& stream, std::size_t index, const Error& error) {
    stream->abandon();
    unused_.push_back(std::move(stream));
    run_.report(index, {{}, error}, std::exchange(unreported_bytes_, 0));
  }

  void report(StreamPointer& stream, HashOutcome outcome) {
    const std::size_t index = stream->index();
    unused_.push_back(std::move(stream));
    run_.report(index, std::move(outcome), std::exchange(unreported_bytes_, 0));
  }

  void report_progress() { run_.report_progress(std::exchange(unreported_bytes_, 0)); }

  Run& run_;
  const std::size_t lanes_;
  std::vector<StreamPointer> active_;
  std::vector<StreamPointer> unused_;
  std::size_t made_ = 0;
  std::uint64_t unreported_bytes_ = 0;
};

}  // namespace

void hash_files(std::span<const HashTask> tasks, const std::function<OpenedFile(std::size_t)>& open,
                const std::function<void(std::size_t, HashOutcome)>& done, const HashEngineOptions& options) {
  Run run(tasks, open, done, options);
  run_in_threads(std::min(run.jobs(), tasks.size()), [&]() noexcept {
    run.enter();
    try {
      Worker(run).work();
    } catch (const Stopped&) {
      // Whoever threw it has said why.
    } catch (...) {
      run.stop(std::current_exception());
    }
    run.leave();
  });
  run.rethrow();
}

}  // namespace modelcache
