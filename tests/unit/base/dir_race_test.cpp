// SPDX-License-Identifier: Apache-2.0
// Another process exchanges a directory for a link to the outside while we work on it.
#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/open_way.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;
using Clock = std::chrono::steady_clock;

namespace {

// Exchanges two names as fast as it can, for as long as it lives.
class Flipper {
 public:
  Flipper(std::string first, std::string second) : first_(std::move(first)), second_(std::move(second)) {
    thread_ = std::thread([this] {
      while (!ended_) {
        if (::renameat2(AT_FDCWD, first_.c_str(), AT_FDCWD, second_.c_str(), RENAME_EXCHANGE) == 0) ++flips_;
      }
    });
  }
  ~Flipper() { end(); }
  Flipper(const Flipper&) = delete;
  Flipper& operator=(const Flipper&) = delete;

  int end() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
    return flips_;
  }

 private:
  std::string first_;
  std::string second_;
  std::atomic<bool> ended_{false};
  std::atomic<int> flips_{0};
  std::thread thread_;
};

// MODELCACHE_RACE_SECONDS for each race; one second without it.
Clock::time_point race_end() {
  const char* text = std::getenv("MODELCACHE_RACE_SECONDS");
  const double seconds = text ? std::atof(text) : 1.0;
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

void make_arena(const TempDir& temp) {
  temp.write("outside/sub/precious", "precious");
  temp.make_dir("root/spare");
  temp.link(temp.path("outside"), "root/link");
}

bool outside_is_whole(const TempDir& temp) {
  return temp.names("outside") == std::vector<std::string>{"sub"} &&
         temp.names("outside/sub") == std::vector<std::string>{"precious"} &&
         temp.read("outside/sub/precious") == "precious";
}

}  // namespace

TEST_CASE("a remover that checks first and removes by path afterwards is led outside by this race") {
  const TempDir temp;
  make_arena(temp);
  temp.write("root/victim/sub/precious", "mine");
  Flipper flipper(temp.path("root/victim"), temp.path("root/link"));
  bool escaped = false;
  const auto end = Clock::now() + std::chrono::seconds(20);
  for (; !escaped && Clock::now() < end; escaped = !outside_is_whole(temp)) {
    struct stat found {};
    const std::string victim = temp.path("root/victim");
    if (::lstat(victim.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) continue;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    ::unlink((victim + "/sub/precious").c_str());
  }
  flipper.end();
  CHECK(escaped);
}

TEST_CASE("removing a tree never leaves it while its directories are exchanged for links") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  make_arena(temp);
  const Dir root = Dir::open_root(temp.path("root"));
  Flipper outer(temp.path("root/victim"), temp.path("root/link"));
  int tries = 0;
  int done = 0;
  for (const auto end = race_end(); Clock::now() < end || tries < 10; ++tries) {
    // Links on the way are refused: then it is made the next time.
    thrown_by([&] { root.make_dirs("victim/sub").create_file("precious").close("precious"); });
    thrown_by([&] { root.make_dirs("link/sub").create_file("precious").close("precious"); });
    for (const char* name : {"victim", "link"}) done += !thrown_by([&] { root.remove_tree(name); }).cause;
    if (!root.find_link("victim") && !root.find_link("link"))
      thrown_by([&] { root.make_link(temp.path("outside"), "link"); });
    REQUIRE(outside_is_whole(temp));
  }
  const int flips = outer.end();
  CAPTURE(tries, flips);
  CHECK(flips > 0);
  CHECK(done > 0);
}

TEST_CASE("publishing never leaves the tree while the directory of its target is exchanged for a link") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  make_arena(temp);
  temp.make_dir("root/refs/pr");
  temp.link(temp.path("outside"), "root/refs/link");
  const Dir root = Dir::open_root(temp.path("root"));
  const Dir staging = root.open_dir("spare");
  Flipper flipper(temp.path("root/refs/pr"), temp.path("root/refs/link"));
  int published = 0;
  int refused = 0;
  for (const auto end = race_end(); Clock::now() < end || published + refused < 10;) {
    const auto thrown = thrown_by([&] { write_atomically(staging, root, "refs/pr/1", "content"); });
    if (thrown.cause == Cause::refused)
      ++refused;
    else if (thrown.cause)
      FAIL(thrown.message);
    else
      ++published;
    REQUIRE(outside_is_whole(temp));
  }
  const int flips = flipper.end();
  CAPTURE(published, refused);
  CHECK(flips > 0);
  CHECK(published + refused >= 10);
  CHECK(temp.names("root/spare").empty());
}
