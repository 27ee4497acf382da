// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/open_way.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

namespace {

// `depth` directories, one in the other, with a file in each hundredth: no path reaches the last of them.
void make_deep(const TempDir& temp, const std::string& name, int depth) {
  temp.make_dir(name);
  Fd here(::open(temp.path(name).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int level = 0; level < depth; ++level) {
    REQUIRE(::mkdirat(here.get(), "level", 0777) == 0);
    if (level % 100 == 0) Fd(::openat(here.get(), "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
    here = Fd(::openat(here.get(), "level", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(here);
  }
}

void make_mixed(const TempDir& temp, const std::string& name) {
  temp.write(name + "/a/b/file", "content");
  temp.write(name + "/a/\xff\n", "");
  temp.write(name + "/-rf", "");
  temp.link("../../outside", name + "/a/link");
  temp.link("nowhere", name + "/dangling");
  temp.link(".", name + "/a/b/self");
  temp.fifo(name + "/a/fifo");
  temp.make_dir(name + "/empty");
}

}  // namespace

TEST_CASE("a tree is removed with all below it and nothing else") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("outside/file", "outside");
  make_mixed(temp, "in/tree");
  temp.write("in/beside", "");
  std::filesystem::create_hard_link(temp.path("outside/file"), temp.path("in/tree/a/shared"));
  std::filesystem::permissions(temp.path("outside/file"), std::filesystem::perms(0440));
  const struct stat before = temp.status("outside/file");
  temp.open().remove_tree("in/tree");
  CHECK(temp.names("in") == std::vector<std::string>{"beside"});
  const struct stat after = temp.status("outside/file");
  CHECK(temp.read("outside/file") == "outside");
  CHECK(after.st_mode == before.st_mode);
  CHECK(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
  CHECK(after.st_nlink == 1);
}

TEST_CASE("removing what is absent does nothing") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  CHECK_NOTHROW(temp.open().remove_tree("none"));
  CHECK_NOTHROW(temp.open().remove_tree("none/none"));
  CHECK(temp.names().empty());
}

TEST_CASE("what is no directory is not removed as a tree") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("in/file", "");
  temp.write("outside/file", "");
  temp.link("../outside", "in/link");
  CHECK(thrown_by([&] { temp.open().remove_tree("in/file"); }).error_number == ENOTDIR);
  CHECK(thrown_by([&] { temp.open().remove_tree("in/link"); }).cause == Cause::refused);
  CHECK(temp.exists("in/file"));
  CHECK(temp.exists("in/link"));
  CHECK(temp.exists("outside/file"));
}

TEST_CASE("a tree deeper than any path is removed") {
  const TempDir temp;
  make_deep(temp, "tree", 3000);
  temp.open().remove_tree("tree");
  CHECK(temp.names().empty());
}

TEST_CASE("a deep and a wide tree are removed with few descriptors") {
  const TempDir temp;
  make_deep(temp, "tree/deep", 300);
  for (int i = 0; i < 2000; ++i) temp.write("tree/wide/" + std::to_string(i), "");
  const std::string text = test::in_child([&] {
    const rlimit limit{64, 64};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return std::string("no limit was set");
    temp.open().remove_tree("tree");
    return std::string();
  });
  CHECK(text == "");
  CHECK(temp.names().empty());
}

TEST_CASE("two may remove one tree at the same time") {
  const TempDir temp;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 100; ++i) temp.write("tree/" + std::to_string(i % 10) + "/" + std::to_string(i), "");
    test::Thrown other;
    std::jthread thread([&] { other = thrown_by([&] { temp.open().remove_tree("tree"); }); });
    const auto own = thrown_by([&] { temp.open().remove_tree("tree"); });
    thread.join();
    CHECK(own.message == "");
    CHECK(other.message == "");
    CHECK(temp.names().empty());
  }
}

TEST_CASE("a tree stays where another file system is mounted in it") {
  const TempDir temp;
  temp.write("tree/in/file", "");
  temp.make_dir("tree/in/mounted");
  const std::string text = test::in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", temp.path("tree/in/mounted").c_str(), "tmpfs", 0, nullptr) != 0)
      return std::string("no mount");
    temp.write("tree/in/mounted/file", "precious");
    const auto below = thrown_by([&] { temp.open().remove_tree("tree"); });
    const auto itself = thrown_by([&] { temp.open().remove_tree("tree/in/mounted"); });
    const auto direct = thrown_by([&] { temp.open().open_dir("tree/in").remove_tree("mounted"); });
    if (temp.read("tree/in/mounted/file") != "precious") return std::string("it was removed");
    if (below.cause != Cause::refused || itself.cause != Cause::refused || direct.cause != Cause::refused)
      return below.message + "\n" + itself.message + "\n" + direct.message;
    return std::string();
  });
  if (text == "no mount") WARN("without the right to mount, only the tree's stay was checked");
  CHECK((text == "" || text == "no mount"));
  CHECK(temp.exists("tree/in/mounted"));
}

TEST_CASE("what cannot be removed ends the removal with its name, and no mode is changed") {
  if (::geteuid() != 0) WARN("without root: the directory is our own");
  const TempDir temp;
  std::filesystem::permissions(temp.path(), std::filesystem::perms(0777));
  temp.write("tree/closed/file", "");
  std::filesystem::permissions(temp.path("tree"), std::filesystem::perms(0777));
  std::filesystem::permissions(temp.path("tree/closed"), std::filesystem::perms(0555));
  const std::string text = test::in_child([&] {
    if (::geteuid() == 0) test::become_nobody();
    const auto thrown = thrown_by([&] { temp.open().remove_tree("tree"); });
    return thrown.message;
  });
  CHECK(text == "cannot remove '" + temp.path("tree/closed/file") + "': Permission denied");
  CHECK(temp.mode("tree/closed") == 0555);
  std::filesystem::permissions(temp.path("tree/closed"), std::filesystem::perms(0755));
}

TEST_CASE("an empty directory far below that we may not write goes with the rest") {
  const TempDir temp;
  std::string path = "tree";
  for (int level = 0; level < 40; ++level) path += "/d";
  temp.make_dir(path);
  std::filesystem::permissions(temp.path(path), std::filesystem::perms(0555));
  if (::geteuid() == 0)
    for (std::string one = "tree";; one += "/d") {
      REQUIRE(::chown(temp.path(one).c_str(), 65534, 65534) == 0);
      if (one.size() >= path.size()) break;
    }
  std::filesystem::permissions(temp.path(), std::filesystem::perms(0777));
  const std::string text = test::in_child([&] {
    if (::geteuid() == 0) test::become_nobody();
    return thrown_by([&] { temp.open().remove_tree("tree"); }).message;
  });
  CHECK(text == "");
  CHECK(temp.names().empty());
}
