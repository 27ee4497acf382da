// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/hash_engine.hpp"

#include "modelcache/base/sha256/kernels.hpp"
#include "modelcache/base/transfer.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

namespace {

constexpr std::size_t kib = std::size_t{1} << 10;
constexpr std::size_t mib = std::size_t{1} << 20;

// Files "0", "1", ... with random content, and what the engine says of them.
class Lab {
 public:
  void add(std::size_t size, HashKind kind = HashKind::sha256) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; i += 509) bytes[i] = static_cast<char>(random_());
    const std::string name = std::to_string(tasks.size());
    dir.write(name, bytes);
    tasks.push_back({size, kind});
    expected.push_back(hash_bytes(kind, bytes).text());
    paths.push_back(dir.path(name));
  }

  OpenedFile open(std::size_t i) const {
    Fd file(::open(paths[i].c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) throw_errno(errno, "open", paths[i]);
    return {std::move(file), "file " + std::to_string(i)};
  }

  // A line for each task: its digest, its error, or "" when it was not reported.
  std::vector<std::string> hashed(const HashEngineOptions& options) const {
    std::vector<std::string> texts(tasks.size());
    hash_files(
        tasks, [this](std::size_t i) { return open(i); },
        [&](std::size_t i, const HashOutcome& outcome) {
          const std::string text = outcome.digest ? outcome.digest->text() : outcome.error->what();
          texts[i] += outcome.digest.has_value() != outcome.error.has_value() ? text : "both or none";
        },
        options);
    return texts;
  }

  // The same in a process of its own, after `prepare`: "" when all digests are as expected.
  std::string wrong_in_child(const HashEngineOptions& options, const std::function<void()>& prepare) const {
    return test::in_child([&] {
      prepare();
      const auto texts = hashed(options);
      for (std::size_t i = 0; i < texts.size(); ++i)
        if (texts[i] != expected[i]) return std::to_string(i) + ": " + texts[i];
      return std::string();
    });
  }

  TempDir dir;
  std::vector<HashTask> tasks;
  std::vector<std::string> expected;
  std::vector<std::string> paths;

 private:
  std::mt19937 random_{7};
};

// Sizes around a block's, a chunk's and a page's edges, large ones and many small ones, of both kinds.
void add_mixture(Lab& lab) {
  for (const std::size_t edge :
       {std::size_t{0}, std::size_t{64}, 4 * kib, 16 * kib, 32 * kib, 128 * kib, 3 * mib})
    for (const std::size_t size : {edge, edge + 1, edge + 55, edge + 56, edge + 63, edge + 120}) {
      lab.add(size);
      if (size % 2 == 1) lab.add(size, HashKind::git_sha1);
    }
  for (std::size_t i = 0; i < 200; ++i) lab.add(i * 37);
}

HashEngineOptions with_jobs(unsigned jobs) {
  HashEngineOptions options;
  options.jobs = jobs;
  return options;
}

// What hash_file says of the same file.
std::string told_by_hash_file(const Lab& lab, std::size_t i) {
  const OpenedFile file = lab.open(i);
  TransferRequest request;
  request.size = lab.tasks[i].size;
  request.source_path = file.path;
  return thrown_by([&] { return hash_file(file.file, lab.tasks[i].kind, request); }).message;
}

}  // namespace

TEST_CASE("files of all sizes get their digests, with any number of threads") {
  Lab lab;
  add_mixture(lab);
  std::uint64_t size = 0;
  for (const HashTask& task : lab.tasks) size += task.size;
  for (unsigned jobs = 0; jobs <= 8; ++jobs) {
    CAPTURE(jobs);
    std::uint64_t read = 0;
    HashEngineOptions options = with_jobs(jobs);
    options.progress = [&](std::uint64_t bytes) { read += bytes; };
    options.page_cache = jobs % 2 == 0 ? PageCache::keep : PageCache::spare;
    CHECK(lab.hashed(options) == lab.expected);
    CHECK(read == size);
  }
  const Lab empty;
  CHECK(empty.hashed(with_jobs(4)).empty());
}

TEST_CASE("every kernel that is forced hashes all files") {
  Lab lab;
  add_mixture(lab);
  std::size_t kernels = 0;
  for (const sha256::Kernel& kernel : sha256::kernels_here()) {
    ++kernels;
    for (const unsigned jobs : {1u, 3u})
      CHECK(lab.wrong_in_child(with_jobs(jobs), [&] {
        ::setenv("MODELCACHE_SHA256", std::string(kernel.name).c_str(), 1);
      }) == "");
  }
  CHECK(kernels == sha256::kernels_here().size());
  CHECK(lab.wrong_in_child(with_jobs(2), [] { ::setenv("MODELCACHE_SHA256", "none", 1); })
            .find("cannot use 'MODELCACHE_SHA256=none'") != std::string::npos);
}

TEST_CASE("few large files are shared among the threads and read ahead") {
  for (const std::size_t count : {1u, 2u, 3u, 5u}) {
    Lab lab;
    for (std::size_t i = 0; i < count; ++i) lab.add(18 * mib + i * 100'001);
    if (count == 1) lab.add(17 * mib, HashKind::git_sha1);
    for (const unsigned jobs : {2u, 8u}) {
      CAPTURE(count, jobs);
      CHECK(lab.hashed(with_jobs(jobs)) == lab.expected);
    }
  }
}

TEST_CASE("a limit on threads or descriptors costs no file") {
  Lab lab;
  add_mixture(lab);
  lab.add(17 * mib);
  CHECK(lab.wrong_in_child(with_jobs(8), [] {
    test::deny_system_call(SYS_clone3, EAGAIN);
    test::deny_system_call(SYS_clone, EAGAIN);
  }) == "");
  CHECK(lab.wrong_in_child(with_jobs(100), [] {
    const rlimit limit{40, 40};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }) == "");
}

TEST_CASE("what is wrong with a file is told as by hash_file, and the others are hashed") {
  Lab lab;
  for (std::size_t i = 0; i < 40; ++i)
    lab.add(i * 10'000, i % 5 == 4 ? HashKind::git_sha1 : HashKind::sha256);
  const std::vector<std::size_t> resized{3, 4, 13, 14};
  lab.tasks[3].size += 1;
  lab.tasks[4].size += 10 * mib;
  lab.tasks[13].size -= 1;
  lab.tasks[14].size = 0;
  for (const std::size_t i : resized) lab.expected[i] = told_by_hash_file(lab, i);
  CHECK(lab.expected[13] == "cannot take 'file 13': it has 130000 bytes, not 129999");
  REQUIRE(::unlink(lab.paths[20].c_str()) == 0);
  lab.expected[20] = "cannot open '" + lab.paths[20] + "': No such file or directory";
  for (const unsigned jobs : {1u, 4u}) CHECK(lab.hashed(with_jobs(jobs)) == lab.expected);

  std::optional<Error> vanished;
  std::optional<Error> shorter;
  hash_files(
      lab.tasks, [&](std::size_t i) { return lab.open(i); },
      [&](std::size_t i, const HashOutcome& outcome) {
        if (i == 20) vanished = outcome.error;
        if (i == 3) shorter = outcome.error;
      },
      {});
  CHECK(is_absent(vanished.value()));
  CHECK(shorter.value().cause() == Cause::refused);
}

TEST_CASE("a disk that fails is told for the file that is on it") {
  for (const std::size_t size : {5 * kib, 300 * kib, 17 * mib})
    for (const HashKind kind : {HashKind::sha256, HashKind::git_sha1})
      for (const unsigned jobs : {1u, 2u}) {
        CAPTURE(size, jobs);
        Lab lab;
        lab.add(size, kind);
        CHECK(lab.wrong_in_child(with_jobs(jobs), [&] {
          // The lowest free number is what the engine's file gets.
          const Fd next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
          test::deny_system_call_on(next.get(), SYS_pread64, EIO);
        }) == "0: cannot read 'file 0': Input/output error");
      }
}

TEST_CASE("a file that changes while it is read is refused") {
  const auto told_when = [](unsigned jobs, HashKind kind, std::int64_t change) {
    Lab lab;
    lab.add(20 * mib, kind);
    HashEngineOptions options = with_jobs(jobs);
    bool is_changed = false;
    options.progress = [&](std::uint64_t) {
      if (is_changed) return;
      is_changed = true;
      const auto size = static_cast<off_t>(20 * mib) + change;
      if (::truncate(lab.paths[0].c_str(), size) != 0) throw std::runtime_error("truncate");
    };
    return lab.hashed(options).front();
  };
  for (const unsigned jobs : {1u, 2u})
    for (const HashKind kind : {HashKind::sha256, HashKind::git_sha1}) {
      CAPTURE(jobs);
      CHECK(told_when(jobs, kind, -static_cast<std::int64_t>(10 * mib)) ==
            "cannot take 'file 0': it became shorter while it was read");
      CHECK(told_when(jobs, kind, 1) ==
            "cannot take 'file 0': it was changed while it was read: it has 20971521 bytes, not 20971520");
    }
}

TEST_CASE("a cancelled run ends soon, with the error of a cancelled one") {
  Lab lab;
  for (int i = 0; i < 40; ++i) lab.add(mib + 1, i % 4 == 0 ? HashKind::git_sha1 : HashKind::sha256);
  for (const unsigned jobs : {1u, 2u, 8u}) {
    CAPTURE(jobs);
    std::atomic<bool> cancelled{false};
    HashEngineOptions options = with_jobs(jobs);
    options.cancelled = &cancelled;
    std::size_t reported = 0;
    const auto thrown = thrown_by([&] {
      hash_files(
          lab.tasks, [&](std::size_t i) { return lab.open(i); },
          [&](std::size_t, const HashOutcome& outcome) {
            CHECK_FALSE(cancelled);
            CHECK(outcome.digest.has_value());
            cancelled = ++reported == 3;
          },
          options);
    });
    CHECK(thrown.cause == Cause::io);
    CHECK(thrown.error_number == EINTR);
    CHECK(reported == 3);
  }
  // Before the first byte.
  std::atomic<bool> cancelled{true};
  HashEngineOptions options = with_jobs(2);
  options.cancelled = &cancelled;
  CHECK(thrown_by([&] { return lab.hashed(options); }).error_number == EINTR);
}

TEST_CASE("a run ends at its deadline, also in the middle of a file") {
  using Clock = std::chrono::steady_clock;
  for (const HashKind kind : {HashKind::sha256, HashKind::git_sha1})
    for (const unsigned jobs : {1u, 2u, 8u}) {
      CAPTURE(jobs);
      Lab lab;
      lab.add(40 * mib, kind);
      for (int i = 0; i < 5; ++i) lab.add(kib, kind);
      HashEngineOptions options = with_jobs(jobs);
      std::uint64_t read = 0;
      options.deadline = Clock::now() + std::chrono::milliseconds(20);
      options.progress = [&](std::uint64_t bytes) {
        read += bytes;
        std::this_thread::sleep_until(*options.deadline);
      };
      const auto thrown = thrown_by([&] { return lab.hashed(options); });
      CHECK(thrown.cause == Cause::io);
      CHECK(thrown.error_number == ETIME);
      CHECK(read < 40 * mib);
    }
  Lab lab;
  lab.add(kib);
  HashEngineOptions options = with_jobs(2);
  options.deadline = Clock::now();
  CHECK(thrown_by([&] { return lab.hashed(options); }).error_number == ETIME);
  options.deadline = Clock::now() + std::chrono::hours(1);
  CHECK_NOTHROW(lab.hashed(options));
}

TEST_CASE("what the caller's own functions throw ends the run and comes back") {
  Lab lab;
  for (int i = 0; i < 60; ++i) lab.add(200 * kib);
  lab.add(20 * mib);
  for (const unsigned jobs : {1u, 2u, 8u}) {
    CAPTURE(jobs);
    const auto open = [&](std::size_t i) { return lab.open(i); };
    std::size_t calls = 0;
    CHECK_THROWS_WITH(hash_files(
                          lab.tasks, open,
                          [&](std::size_t, const HashOutcome&) {
                            if (++calls == 5) throw std::runtime_error("enough");
                          },
                          with_jobs(jobs)),
                      "enough");
    CHECK(calls == 5);
    // An Error of theirs is not taken for one of a file.
    HashEngineOptions options = with_jobs(jobs);
    options.progress = [](std::uint64_t) { throw Error(Cause::busy, "no"); };
    CHECK(thrown_by([&] { return lab.hashed(options); }).cause == Cause::busy);
    const auto fail = [](std::size_t) -> OpenedFile { throw std::logic_error("a bug"); };
    CHECK_THROWS_WITH(hash_files(
                          lab.tasks, fail, [](std::size_t, const HashOutcome&) {}, with_jobs(jobs)),
                      "a bug");
  }
}

TEST_CASE("the caller's functions for results are never called two at a time") {
  Lab lab;
  for (int i = 0; i < 200; ++i) lab.add(30 * kib);
  std::atomic<int> inside{0};
  int most = 0;
  const auto stay = [&] {
    most = std::max(most, ++inside);
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    --inside;
  };
  HashEngineOptions options = with_jobs(8);
  options.progress = [&](std::uint64_t) { stay(); };
  std::size_t reported = 0;
  hash_files(
      lab.tasks, [&](std::size_t i) { return lab.open(i); },
      [&](std::size_t, const HashOutcome&) {
        ++reported;
        stay();
      },
      options);
  CHECK(reported == 200);
  CHECK(most == 1);
}
