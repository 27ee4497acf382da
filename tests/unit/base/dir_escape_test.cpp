// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/open_way.hpp"
#include "support/temp_dir.hpp"

#include <sys/syscall.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

namespace {

using Operation = std::pair<std::string, std::function<void(const Dir&, const std::string&)>>;

// Operations that would use what the path leads to.
const std::vector<Operation> opening = {
    {"open_dir", [](const Dir& dir, const std::string& path) { dir.open_dir(path); }},
    {"find_dir", [](const Dir& dir, const std::string& path) { dir.find_dir(path); }},
    {"open_file", [](const Dir& dir, const std::string& path) { dir.open_file(path); }},
    {"find_file", [](const Dir& dir, const std::string& path) { dir.find_file(path); }},
    {"read_file", [](const Dir& dir, const std::string& path) { dir.read_file(path, 100); }},
    {"find_content", [](const Dir& dir, const std::string& path) { dir.find_content(path, 100); }},
    {"make_dir", [](const Dir& dir, const std::string& path) { dir.make_dir(path); }},
    {"make_dirs", [](const Dir& dir, const std::string& path) { dir.make_dirs(path); }},
    {"open_lock_file", [](const Dir& dir, const std::string& path) { dir.open_lock_file(path); }},
    {"remove_tree", [](const Dir& dir, const std::string& path) { dir.remove_tree(path); }},
};

// Operations that act on the name itself: a link at the end is theirs to handle, one on the way is not.
const std::vector<Operation> naming = {
    {"status", [](const Dir& dir, const std::string& path) { dir.status(path); }},
    {"find_status", [](const Dir& dir, const std::string& path) { dir.find_status(path); }},
    {"read_link", [](const Dir& dir, const std::string& path) { dir.read_link(path); }},
    {"find_link", [](const Dir& dir, const std::string& path) { dir.find_link(path); }},
    {"create_file", [](const Dir& dir, const std::string& path) { dir.create_file(path); }},
    {"make_link", [](const Dir& dir, const std::string& path) { dir.make_link("text", path); }},
    {"make_hard_link",
     [](const Dir& dir, const std::string& path) { dir.make_hard_link(dir.open_file("own"), path); }},
    {"rename from",
     [](const Dir& dir, const std::string& path) { dir.rename(path, "taken", Dir::IfExists::replace); }},
    {"rename to",
     [](const Dir& dir, const std::string& path) { dir.rename("own", path, Dir::IfExists::keep); }},
    {"move_to",
     [](const Dir& dir, const std::string& path) {
       dir.move_to("own", dir.duplicate(), path, Dir::IfExists::replace);
     }},
    {"remove_file", [](const Dir& dir, const std::string& path) { dir.remove_file(path); }},
    {"remove_empty_dir", [](const Dir& dir, const std::string& path) { dir.remove_empty_dir(path); }},
};

// A tree a/b/c/file whose component number `position` is a link to its twin outside of the root.
struct Trap {
  explicit Trap(std::size_t position, const std::string& way_out) {
    temp.write("outside/a/b/c/file", "outside");
    temp.write("root/own", "own");
    temp.write("root/a/b/c/file", "inside");
    static const std::vector<std::string> parts = {"a", "a/b", "a/b/c", "a/b/c/file"};
    const std::string part = parts[position];
    std::filesystem::remove_all(temp.path("root/" + part));
    const std::string up = position == 0   ? "../"
                           : position == 1 ? "../../"
                           : position == 2 ? "../../../"
                                           : "../../../../";
    const std::string above = way_out == "relative" ? up + "outside/" : way_out + temp.path("outside/");
    temp.link(above + part, "root/" + part);
  }

  bool outside_is_whole() const {
    return temp.read("outside/a/b/c/file") == "outside" && temp.names("outside/a/b/c").size() == 1 &&
           temp.names("outside/a/b").size() == 1 && temp.names("outside/a").size() == 1 &&
           temp.status("outside/a/b/c/file").st_nlink == 1;
  }

  Dir root() const { return Dir::open_root(temp.path("root")); }

  TempDir temp;
};

// What is wrong with one operation; empty when it refused.
std::string flaw_of(const Operation& operation, const Trap& trap) {
  const Dir root = trap.root();
  const auto thrown = thrown_by([&] { operation.second(root, "a/b/c/file"); });
  if (!trap.outside_is_whole()) return operation.first + " escaped";
  if (!thrown.cause) return operation.first + " did not fail";
  if (thrown.cause != Cause::refused || thrown.error_number != ELOOP)
    return operation.first + ": " + thrown.message;
  return {};
}

std::string flaws_of_all() {
  std::string flaws;
  for (const std::string way_out : {"relative", "", "/proc/self/root"})
    for (std::size_t position = 0; position < 4; ++position) {
      const Trap trap(position, way_out);
      auto operations = opening;
      if (position < 3) operations.insert(operations.end(), naming.begin(), naming.end());
      for (const auto& operation : operations) {
        const std::string flaw = flaw_of(operation, trap);
        if (!flaw.empty()) flaws += way_out + " link at " + std::to_string(position) + ": " + flaw + "\n";
      }
    }
  return flaws;
}

}  // namespace

TEST_CASE("no operation follows a link, wherever on the path it is") {
  const test::OpenWayGuard way(test::each_open_way());
  CHECK(flaws_of_all() == "");
}

TEST_CASE("a kernel or a filter without openat2 changes nothing") {
  const int error_number = GENERATE(ENOSYS, EPERM);
  const std::string flaws = test::in_child([&] {
    test::deny_system_call(SYS_openat2, error_number);
    const TempDir temp;
    temp.write("a/b/file", "content");
    const Dir root = temp.open();
    if (root.read_file("a/b/file", 100) != "content") return std::string("nothing was read");
    if (root.find_file("a/x/file")) return std::string("something absent was found");
    return flaws_of_all();
  });
  CHECK(flaws == "");
}

TEST_CASE("a link at the end is data for the operations that act on a name") {
  const test::OpenWayGuard way(test::each_open_way());
  const Trap trap(3, "relative");
  const Dir root = trap.root();
  CHECK(root.status("a/b/c/file").kind == FileKind::link);
  CHECK(root.read_link("a/b/c/file") == "../../../../outside/a/b/c/file");
  CHECK(thrown_by([&] { return root.create_file("a/b/c/file"); }).error_number == EEXIST);
  CHECK(thrown_by([&] { root.make_link("x", "a/b/c/file"); }).error_number == EEXIST);
  CHECK(thrown_by([&] { root.make_hard_link(root.open_file("own"), "a/b/c/file"); }).error_number == EEXIST);
  CHECK_FALSE(root.rename("own", "a/b/c/file", Dir::IfExists::keep));
  CHECK(thrown_by([&] { return root.remove_empty_dir("a/b/c/file"); }).cause == Cause::io);
  CHECK(root.rename("a/b/c/file", "moved", Dir::IfExists::keep));
  CHECK(root.read_link("moved") == "../../../../outside/a/b/c/file");
  root.remove_file("moved");
  CHECK_FALSE(root.find_status("moved"));
  CHECK(trap.outside_is_whole());
}

TEST_CASE("a file is replaced by renaming over a link, not through it") {
  const test::OpenWayGuard way(test::each_open_way());
  const Trap trap(3, "");
  const Dir root = trap.root();
  CHECK(root.rename("own", "a/b/c/file", Dir::IfExists::replace));
  CHECK(trap.temp.read("root/a/b/c/file") == "own");
  CHECK(trap.outside_is_whole());
}

TEST_CASE("a path with a flaw is refused by every operation before anything is done") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("root/own", "own");
  temp.write("outside", "outside");
  const Dir root = Dir::open_root(temp.path("root"));
  std::vector<Operation> all = opening;
  all.insert(all.end(), naming.begin(), naming.end());
  const std::string nul("own\0x", 5);
  for (const std::string& path :
       {std::string("../outside"), std::string(), std::string("."), std::string(".."), temp.path("outside"),
        std::string("own/"), std::string("x//y"), nul})
    for (const auto& [name, call] : all) {
      CAPTURE(name, path);
      const auto thrown = thrown_by([&, &run = call] { run(root, path); });
      CHECK(thrown.cause == Cause::refused);
      CHECK(thrown.error_number == 0);
    }
  CHECK(temp.names() == std::vector<std::string>{"outside", "root"});
  CHECK(temp.names("root") == std::vector<std::string>{"own"});
}
