// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/file_lock.hpp"

#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/open_way.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace modelcache;
using namespace std::chrono_literals;
using test::TempDir;
using test::thrown_by;

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto name = "locks/a.lock";

// A client in Python that takes the lock, and holds it until this object goes.
class PythonHolder {
 public:
  PythonHolder(const std::string& path, const std::string& how) {
    const std::string command = "python3 -c \"import fcntl, os, sys\nf = open(sys.argv[1], 'r+')\nfcntl." +
                                how + "\nopen(sys.argv[1] + '.held', 'w').close()\nsys.stdin.read()\" '" +
                                path + "'";
    process_ = ::popen(command.c_str(), "w");
    const auto end = Clock::now() + 20s;
    while (::access((path + ".held").c_str(), F_OK) != 0 && Clock::now() < end)
      std::this_thread::sleep_for(1ms);
  }
  ~PythonHolder() { release(); }
  PythonHolder(const PythonHolder&) = delete;
  PythonHolder& operator=(const PythonHolder&) = delete;

  void release() {
    if (process_) ::pclose(process_);
    process_ = nullptr;
  }

 private:
  std::FILE* process_ = nullptr;
};

// Whether a client in Python gets the lock at once.
bool python_gets(const std::string& path) {
  const std::string command =
      "python3 -c \"import fcntl, sys\nf = open(sys.argv[1], 'r+')\n"
      "fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)\" '" +
      path + "' 2>/dev/null";
  std::FILE* process = ::popen(command.c_str(), "r");
  return process != nullptr && ::pclose(process) == 0;
}

Fd hold(const std::string& path, int operation) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0664));
  REQUIRE(::flock(fd.get(), operation | LOCK_NB) == 0);
  return fd;
}

struct Locks {
  Locks() { temp.make_dir("locks"); }
  FileLock acquire(std::chrono::milliseconds wait = 0ms) const {
    return FileLock::acquire(temp.open(), name, wait);
  }
  bool is_held() const { return FileLock::is_held(temp.open(), name); }
  std::string path() const { return temp.path(name); }

  TempDir temp;
};

}  // namespace

TEST_CASE("a lock keeps others out while it lives and its file stays") {
  const test::OpenWayGuard way(test::each_open_way());
  const Locks locks;
  ino_t inode = 0;
  {
    const FileLock lock = locks.acquire();
    inode = locks.temp.status(name).st_ino;
    CHECK(locks.is_held());
    CHECK(thrown_by([&] { return locks.acquire(); }).cause == Cause::busy);
  }
  CHECK_FALSE(locks.is_held());
  CHECK_NOTHROW(locks.acquire());
  CHECK(locks.temp.status(name).st_ino == inode);
  CHECK(locks.temp.status(name).st_size == 0);
  CHECK(locks.temp.mode(name) == 0664);
}

TEST_CASE("a lock that was moved is held by its new owner") {
  const Locks locks;
  FileLock first = locks.acquire();
  {
    const FileLock second(std::move(first));
    CHECK(locks.is_held());
  }
  CHECK_FALSE(locks.is_held());
}

TEST_CASE("a directory is locked itself, with nothing made in it, and one that is gone is an error") {
  const TempDir temp;
  const Dir dir = temp.open();
  const auto acquire = [&] { return FileLock::acquire_directory(dir, "tree", 0ms); };
  CHECK(thrown_by(acquire).cause == Cause::not_found);
  temp.make_dir("tree");
  {
    const FileLock lock = acquire();
    CHECK(thrown_by(acquire).cause == Cause::busy);
    CHECK(temp.names("tree").empty());
    // Another directory of that name is another lock.
    std::filesystem::rename(temp.path("tree"), temp.path("moved"));
    temp.make_dir("tree");
    CHECK_NOTHROW(acquire());
  }
  CHECK_NOTHROW(FileLock::acquire_directory(dir, "moved", 0ms));
  temp.link("tree", "link");
  CHECK(thrown_by([&] { return FileLock::acquire_directory(dir, "link", 0ms); }).cause);
}

TEST_CASE("a client in Python and we keep each other out") {
  const Locks locks;
  locks.temp.write(name, "");
  const ino_t inode = locks.temp.status(name).st_ino;
  {
    PythonHolder holder(locks.path(), "flock(f, fcntl.LOCK_EX)");
    CHECK(locks.is_held());
    const auto thrown = thrown_by([&] { return locks.acquire(100ms); });
    CHECK(thrown.cause == Cause::busy);
    CHECK(thrown.message == "cannot lock '" + locks.path() + "': another program holds it");
    CHECK(thrown.error_number == EWOULDBLOCK);
    holder.release();
    CHECK_FALSE(locks.is_held());
  }
  {
    const FileLock lock = locks.acquire();
    CHECK_FALSE(python_gets(locks.path()));
  }
  CHECK(python_gets(locks.path()));
  CHECK(locks.temp.status(name).st_ino == inode);
}

TEST_CASE("a record lock is none of ours") {
  const Locks locks;
  locks.temp.write(name, "");
  const PythonHolder holder(locks.path(), "lockf(f, fcntl.LOCK_EX)");
  CHECK_FALSE(locks.is_held());
  CHECK_NOTHROW(locks.acquire());
}

TEST_CASE("waiting ends when the holder lets go, and no sooner than the wait without that") {
  const Locks locks;
  Fd holder = hold(locks.path(), LOCK_EX);
  auto begin = Clock::now();
  CHECK(thrown_by([&] { return locks.acquire(200ms); }).cause == Cause::busy);
  CHECK(Clock::now() - begin >= 200ms);
  CHECK(Clock::now() - begin < 5s);

  std::jthread thread([&] {
    std::this_thread::sleep_for(100ms);
    holder = Fd();
  });
  begin = Clock::now();
  CHECK_NOTHROW(locks.acquire(60s));
  CHECK(Clock::now() - begin < 10s);
  thread.join();
}

TEST_CASE("a wait longer than any clock is just long") {
  const Locks locks;
  CHECK_NOTHROW(locks.acquire(std::chrono::milliseconds::max()));
  Fd holder = hold(locks.path(), LOCK_EX);
  std::jthread thread([&] {
    std::this_thread::sleep_for(20ms);
    holder = Fd();
  });
  CHECK_NOTHROW(locks.acquire(std::chrono::milliseconds::max()));
  thread.join();
}

TEST_CASE("a lock file that is replaced while we wait is given up for the new one") {
  const Locks locks;
  const Fd holder = hold(locks.path(), LOCK_EX);
  std::jthread thread([&] {
    std::this_thread::sleep_for(50ms);
    locks.temp.write("locks/new", "");
    std::filesystem::rename(locks.temp.path("locks/new"), locks.path());
  });
  const FileLock lock = locks.acquire(60s);
  thread.join();
  CHECK(locks.is_held());
  CHECK_FALSE(python_gets(locks.path()));
}

TEST_CASE("a lock file that is removed while we wait is made anew") {
  const Locks locks;
  const Fd holder = hold(locks.path(), LOCK_EX);
  std::jthread thread([&] {
    std::this_thread::sleep_for(50ms);
    std::filesystem::remove(locks.path());
  });
  const FileLock lock = locks.acquire(60s);
  thread.join();
  CHECK(locks.is_held());
}

TEST_CASE("asking makes nothing, changes nothing and is not led astray") {
  const test::OpenWayGuard way(test::each_open_way());
  const Locks locks;
  CHECK_FALSE(locks.is_held());
  CHECK_FALSE(FileLock::is_held(locks.temp.open(), "none/a.lock"));
  CHECK(locks.temp.names("locks").empty());
  locks.temp.write(name, "");
  const struct stat before = locks.temp.status(name);
  CHECK_FALSE(locks.is_held());
  {
    const Fd shared = hold(locks.path(), LOCK_SH);
    CHECK_FALSE(locks.is_held());
  }
  const Fd exclusive = hold(locks.path(), LOCK_EX);
  CHECK(locks.is_held());
  const struct stat after = locks.temp.status(name);
  CHECK(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
  CHECK(after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}

TEST_CASE("asking takes nothing from the one who asks next") {
  const Locks locks;
  locks.temp.write(name, "");
  for (int round = 0; round < 100; ++round) {
    CHECK_FALSE(locks.is_held());
    CHECK_NOTHROW(locks.acquire());
  }
}

TEST_CASE("a planted link is not followed by a lock") {
  const test::OpenWayGuard way(test::each_open_way());
  const Locks locks;
  locks.temp.link("../target", name);
  CHECK(thrown_by([&] { return locks.acquire(); }).cause == Cause::refused);
  CHECK_FALSE(locks.temp.exists("target"));
  locks.temp.write("target", "");
  CHECK(thrown_by([&] { return locks.acquire(); }).cause == Cause::refused);
  CHECK(thrown_by([&] { return locks.is_held(); }).cause == Cause::refused);
}

TEST_CASE("a lock whose directory is not there is an error") {
  const TempDir temp;
  const auto thrown = thrown_by([&] { return FileLock::acquire(temp.open(), name, 0ms); });
  CHECK(thrown.cause == Cause::io);
  CHECK(thrown.error_number == ENOENT);
}

TEST_CASE("where flock does not work we go on as the clients do, any other error ends it") {
  const auto lock_with = [](int error_number) {
    return test::in_child([error_number] {
      const Locks locks;
      test::deny_system_call(SYS_flock, error_number);
      const auto acquired = thrown_by([&] { return locks.acquire(); });
      const auto asked = thrown_by([&] { return locks.is_held(); });
      if (acquired.error_number != asked.error_number) return "two answers: " + acquired.message;
      return acquired.message.substr(0, acquired.message.find(" '"));
    });
  };
  CHECK(lock_with(ENOSYS).empty());
  CHECK(lock_with(EOPNOTSUPP).empty());
  CHECK(lock_with(ENOLCK) == "cannot lock");
}

TEST_CASE("one at a time holds the lock") {
  const Locks locks;
  std::atomic<int> inside{0};
  std::atomic<int> clashes{0};
  std::atomic<int> done{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 25; ++round) {
        const FileLock lock = locks.acquire(60s);
        if (++inside != 1) ++clashes;
        std::this_thread::yield();
        --inside;
        ++done;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(clashes == 0);
  CHECK(done == 100);
}
