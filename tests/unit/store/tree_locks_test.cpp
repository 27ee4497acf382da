// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_locks.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <unistd.h>

#include <chrono>
#include <string>

using namespace modelcache;
using namespace std::chrono_literals;
using test::TempDir;
using test::thrown_by;

TEST_CASE("a pid lock is live while its process runs; what is no number is garbage") {
  CHECK(judge_pid_lock(std::to_string(::getpid())) == PidLock::live);
  CHECK(judge_pid_lock("1") == PidLock::live);  // not ours to signal, and there
  CHECK(judge_pid_lock("2147483646") == PidLock::dead);
  for (const char* text : {"", "x", "12x", "-1", "0", "99999999999999999999", " "}) {
    INFO(text);
    CHECK(judge_pid_lock(text) == PidLock::garbage);
  }
}

TEST_CASE("a lock of a running client anywhere below is waited for, and no other") {
  const TempDir dir;
  dir.write("models/._tmp/org/demo/sub/model.bin.lock", "2147483646");
  dir.write("models/._tmp/org/demo/other.lock", "");
  dir.write("models/._tmp/org/else/model.bin.lock", std::to_string(::getpid()));
  dir.link(dir.path("models/._tmp/org/else/model.bin.lock"), "models/._tmp/org/demo/link.lock");
  const Dir root = dir.open();
  CHECK_FALSE(find_live_lock(root, "models/._tmp/org/demo"));
  CHECK_FALSE(find_live_lock(root, "models/._tmp/org/nothing"));
  await_pid_locks(root, "models/._tmp/org/demo", 0ms);
  dir.write("models/._tmp/org/demo/sub/deep/a.lock", std::to_string(::getpid()));
  CHECK(find_live_lock(root, "models/._tmp/org/demo") == "models/._tmp/org/demo/sub/deep/a.lock");
  const auto thrown = thrown_by([&] {
    await_pid_locks(root, "models/._tmp/org/demo", 60ms);
    return 0;
  });
  CHECK(thrown.cause == Cause::busy);
  CHECK(thrown.message.find("a.lock") != std::string::npos);
}

TEST_CASE("locks of modelscope have the names that its releases give them") {
  const RepoId repo = RepoId::parse(RepoType::model, "org/name-1.5");
  // python3 -c 'import hashlib; print(hashlib.sha256("\0".join(("modelscope-hub-download-lock-v2", "file",
  // "model", "org/name-1.5", "sub/a.bin")).encode()).hexdigest())'
  CHECK(modelscope_file_lock(repo, "sub/a.bin") ==
        "file_dd03f849f4dabdf0c1704b55e76e2c2baf647ce62d3c34ac34d2fb30503b4e4a.lock");
  const TempDir dir;
  const FileLock lock = lock_modelscope_repo(dir.open(), "hub", repo, 0ms);
  CHECK(dir.exists("hub/.lock/org___name-1.5"));
  CHECK(thrown_by([&] {
          lock_modelscope_repo(dir.open(), "hub", repo, 0ms);
          return 0;
        }).cause == Cause::busy);
}
