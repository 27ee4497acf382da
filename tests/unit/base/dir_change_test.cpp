// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/open_way.hpp"
#include "support/temp_dir.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;
using IfExists = Dir::IfExists;

TEST_CASE("a directory is made once") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.make_dir("a");
  const Dir root = temp.open();
  CHECK(root.make_dir("a/b"));
  CHECK_FALSE(root.make_dir("a/b"));
  temp.write("a/file", "");
  CHECK(thrown_by([&] { return root.make_dir("a/file"); }).cause == Cause::io);
  CHECK(thrown_by([&] { return root.make_dir("x/y"); }).error_number == ENOENT);
  CHECK(thrown_by([&] { return root.make_dir("a/file/y"); }).error_number == ENOTDIR);
}

TEST_CASE("directories are made with all their parents") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  const Dir root = temp.open();
  const Dir made = root.make_dirs("a/b/c");
  CHECK(made.path() == temp.path("a/b/c"));
  made.create_file("file").close("file");
  CHECK(root.make_dirs("a/b/c").names() == std::vector<std::string>{"file"});
  CHECK(root.make_dirs("a/b/d/e").names().empty());
}

TEST_CASE("a new file takes no name that is taken, not even by a link to nothing") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("a/file", "old");
  temp.link("nowhere", "a/link");
  const Dir root = temp.open();
  for (const char* name : {"a/file", "a/link", "a"}) {
    const auto thrown = thrown_by([&] { return root.create_file(name); });
    CHECK(thrown.cause == Cause::io);
    CHECK(thrown.error_number == EEXIST);
  }
  CHECK(temp.read("a/file") == "old");
  CHECK_FALSE(temp.exists("a/nowhere"));
  Fd fd = root.create_file("a/new", 0600);
  CHECK(::write(fd.get(), "new", 3) == 3);
  fd.close("a/new");
  CHECK(temp.read("a/new") == "new");
  CHECK(temp.mode("a/new") == 0600);
}

TEST_CASE("a link holds its text byte for byte, or is not made") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.make_dir("a");
  const Dir root = temp.open();
  root.make_link("../\xff\n../x", "a/link");
  CHECK(temp.read_link("a/link") == "../\xff\n../x");
  CHECK(thrown_by([&] { root.make_link("other", "a/link"); }).error_number == EEXIST);
  CHECK(thrown_by([&] { root.make_link(std::string_view("a\0b", 3), "a/cut"); }).cause == Cause::refused);
  CHECK(temp.names("a") == std::vector<std::string>{"link"});
}

TEST_CASE("a hard link names the open file, wherever its name went meanwhile") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("a/file", "content");
  temp.write("taken", "");
  const Dir root = temp.open();
  const Fd file = root.open_file("a/file");
  std::filesystem::rename(temp.path("a/file"), temp.path("a/elsewhere"));
  temp.write("a/file", "impostor");
  root.make_hard_link(file, "a/second");
  CHECK(temp.status("a/second").st_ino == temp.status("a/elsewhere").st_ino);
  CHECK(thrown_by([&] { root.make_hard_link(file, "taken"); }).error_number == EEXIST);
  CHECK(temp.read("a/second") == "content");
}

TEST_CASE("a file that is on another file system, or gone, is not hard-linked") {
  const TempDir temp;
  const Dir root = temp.open();
  const Fd foreign = Dir::open_root("/proc/self").open_file("status");
  CHECK(thrown_by([&] { root.make_hard_link(foreign, "name"); }).error_number == EXDEV);
  temp.write("file", "");
  const Fd gone = root.open_file("file");
  root.remove_file("file");
  CHECK(thrown_by([&] { root.make_hard_link(gone, "name"); }).cause == Cause::io);
  CHECK(temp.names().empty());
}

TEST_CASE("keep leaves an existing target and the source alone") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("a/file", "new");
  temp.write("b/file", "old");
  temp.make_dir("a/dir");
  temp.make_dir("b/empty");
  const Dir root = temp.open();
  CHECK_FALSE(root.rename("a/file", "b/file", IfExists::keep));
  CHECK_FALSE(root.rename("a/dir", "b/empty", IfExists::keep));
  CHECK(temp.read("a/file") == "new");
  CHECK(temp.read("b/file") == "old");
  CHECK(temp.exists("a/dir"));
  CHECK(root.rename("a/file", "b/other", IfExists::keep));
  CHECK(temp.read("b/other") == "new");
  CHECK_FALSE(temp.exists("a/file"));
}

TEST_CASE("replace puts a file in the place of another in one step") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("a/file", "new");
  temp.write("b/file", "old");
  const Dir root = temp.open();
  CHECK(root.open_dir("a").move_to("file", root.open_dir("b"), "file", IfExists::replace));
  CHECK(temp.read("b/file") == "new");
  CHECK(temp.names("a").empty());
  CHECK(thrown_by([&] { return root.rename("a/none", "b/file", IfExists::replace); }).error_number == ENOENT);
  CHECK(thrown_by([&] { return root.rename("b/file", "a", IfExists::replace); }).error_number == EISDIR);
  CHECK(temp.read("b/file") == "new");
}

TEST_CASE("keep holds on a file system that cannot refuse to replace") {
  const std::string flaws = test::in_child([] {
    test::deny_system_call(SYS_renameat2, EINVAL);
    const TempDir temp;
    temp.write("file", "new");
    temp.write("taken", "old");
    temp.write("dir/in", "");
    temp.write("full/in", "");
    temp.make_dir("empty");
    const Dir root = temp.open();
    std::string text;
    if (root.rename("file", "taken", IfExists::keep)) text += "a file was replaced\n";
    if (root.rename("dir", "full", IfExists::keep)) text += "a directory was replaced\n";
    if (root.rename("dir", "empty", IfExists::keep)) text += "an empty directory was replaced\n";
    if (root.rename("dir", "taken", IfExists::keep)) text += "a file was replaced by a directory\n";
    if (temp.read("taken") != "old" || !temp.exists("file")) text += "something changed\n";
    if (!root.rename("file", "free", IfExists::keep)) text += "a file was not renamed\n";
    if (!root.rename("dir", "moved", IfExists::keep)) text += "a directory was not renamed\n";
    if (temp.read("free") != "new" || temp.exists("file")) text += "the file is not where it should be\n";
    if (!temp.exists("moved/in") || temp.exists("dir")) text += "the directory is not where it should be\n";
    if (temp.status("free").st_nlink != 1) text += "the file has a second name\n";
    return text;
  });
  CHECK(flaws == "");
}

TEST_CASE("a file is removed, a directory is not taken for one") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("a/file", "");
  temp.link("file", "a/link");
  const Dir root = temp.open();
  root.remove_file("a/link");
  CHECK(temp.exists("a/file"));
  root.remove_file("a/file");
  CHECK(temp.names("a").empty());
  CHECK(thrown_by([&] { root.remove_file("a/file"); }).error_number == ENOENT);
  CHECK(thrown_by([&] { root.remove_file("a"); }).cause == Cause::io);
  CHECK(temp.exists("a"));
}

TEST_CASE("only an empty directory is removed as one") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("a/full/file", "");
  temp.make_dir("a/empty");
  const Dir root = temp.open();
  CHECK_FALSE(root.remove_empty_dir("a/full"));
  CHECK_FALSE(root.remove_empty_dir("a/none"));
  CHECK_FALSE(root.remove_empty_dir("none/none"));
  CHECK(root.remove_empty_dir("a/empty"));
  CHECK(thrown_by([&] { return root.remove_empty_dir("a/full/file"); }).error_number == ENOTDIR);
  CHECK(temp.names("a") == std::vector<std::string>{"full"});
}

TEST_CASE("sync passes over a file system that cannot, never over an error of the disk") {
  const TempDir temp;
  CHECK_NOTHROW(temp.open().sync());
  for (const int error_number : {EINVAL, ENOTSUP, EIO, ENOSPC}) {
    CAPTURE(error_number);
    const std::string text = test::in_child([&] {
      test::deny_system_call(SYS_fsync, error_number);
      const auto thrown = thrown_by([&] { temp.open().sync(); });
      return thrown.message + " " + std::to_string(thrown.error_number);
    });
    const bool passed_over = error_number == EINVAL || error_number == ENOTSUP;
    CHECK((text == " 0") == passed_over);
    if (!passed_over) CHECK(text.find("cannot sync '" + temp.path() + "': ") == 0);
  }
}
