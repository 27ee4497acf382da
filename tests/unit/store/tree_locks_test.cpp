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

TEST_CASE("a lock of aistudio-sdk names a process that is there, that is gone, or none") {
  const auto state_of = [](const std::string& text) { return parse_process_lock(text).state; };
  CHECK(state_of(std::to_string(::getpid())) == ProcessLock::State::alive);
  CHECK(state_of("1") == ProcessLock::State::alive);  // maybe not ours to signal, and there
  CHECK(state_of(" 1\n") == ProcessLock::State::alive);
  CHECK(state_of("2147483646") == ProcessLock::State::gone);
  for (const char* text : {"", " ", "x", "0", "-1", "1 2", "1x", "99999999999999999999", "\xff"}) {
    INFO(text);
    CHECK(state_of(text) == ProcessLock::State::empty);
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
  await_process_locks(root, "models/._tmp/org/demo", 0ms);
  dir.write("models/._tmp/org/demo/sub/deep/a.lock", std::to_string(::getpid()));
  CHECK(find_live_lock(root, "models/._tmp/org/demo") == "models/._tmp/org/demo/sub/deep/a.lock");
  const auto thrown = thrown_by([&] {
    await_process_locks(root, "models/._tmp/org/demo", 60ms);
    return 0;
  });
  CHECK(thrown.cause == Cause::busy);
  CHECK(thrown.message.find("a.lock") != std::string::npos);
}

TEST_CASE("locks of modelscope have the names that its releases give them") {
  const RepoId repo = RepoId::parse(RepoType::model, "org/name-1.5");
  // python3 -c 'import hashlib; print(hashlib.sha256("\0".join(("modelscope-hub-download-lock-v2", "file",
  // "model", "org/name-1.5", "sub/a.bin")).encode()).hexdigest())'
  CHECK(download_lock_path("", repo.type(), repo.id(), "sub/a.bin") ==
        ".lock/file_dd03f849f4dabdf0c1704b55e76e2c2baf647ce62d3c34ac34d2fb30503b4e4a.lock");
  const TempDir dir;
  const FileLock lock = lock_modelscope_repo(dir.open(), "hub", repo, 0ms);
  CHECK(dir.exists("hub/.lock/org___name-1.5"));
  CHECK(thrown_by([&] {
          lock_modelscope_repo(dir.open(), "hub", repo, 0ms);
          return 0;
        }).cause == Cause::busy);
}
