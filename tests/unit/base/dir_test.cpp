// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/dir.hpp"

#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/open_way.hpp"
#include "support/temp_dir.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

namespace {

const std::vector<std::string> hostile_names = {"line\nbreak",
                                                "tab\t",
                                                "\x1b]52;c;\x07",
                                                "carriage\rreturn",
                                                "\xff\xfe",
                                                "\u202egnp",
                                                "-rf",
                                                "*",
                                                " ",
                                                "...",
                                                "..a",
                                                ".hidden",
                                                "back\\slash",
                                                std::string(255, 'n')};

std::string long_path(std::size_t size) {
  std::string path;
  while (path.size() + 200 < size) path += std::string(199, 'd') + "/";
  return path + std::string(size - path.size(), 'e');
}

}  // namespace

TEST_CASE("a path that could lead elsewhere has a flaw") {
  using namespace std::string_literals;
  const std::vector<std::string> bad = {"",
                                        "/",
                                        "/a",
                                        "a/",
                                        "a//b",
                                        ".",
                                        "..",
                                        "./a",
                                        "../a",
                                        "a/.",
                                        "a/..",
                                        "a/../b",
                                        "a/./b",
                                        "a\0b"s,
                                        "\0"s,
                                        "//",
                                        "a/b/..",
                                        std::string(256, 'n'),
                                        "a/" + std::string(256, 'n') + "/b",
                                        long_path(4097)};
  for (const std::string& path : bad) {
    CAPTURE(path);
    CHECK(path_flaw(path));
  }
}

TEST_CASE("a path below the root has no flaw, whatever its bytes") {
  for (const std::string& name : hostile_names) {
    CAPTURE(name);
    CHECK_FALSE(path_flaw(name));
    CHECK_FALSE(path_flaw("a/" + name + "/b"));
  }
  CHECK_FALSE(path_flaw(long_path(4095)));
}

TEST_CASE("the user's own path is followed through links") {
  const TempDir temp;
  temp.write("real/file", "content");
  temp.link("real", "link");
  CHECK(Dir::open_root(temp.path("link")).read_file("file", 100) == "content");
}

TEST_CASE("a root that is not there is not found, one that is no directory is a usage error") {
  const TempDir temp;
  temp.write("file", "");
  temp.link("nowhere", "dangling");
  using namespace std::string_literals;
  for (const std::string& absent :
       {temp.path("absent"), temp.path("file/below"), temp.path("dangling"), ""s, temp.path() + "\0/x"s}) {
    CAPTURE(absent);
    CHECK(thrown_by([&] { return Dir::open_root(absent); }).cause == Cause::not_found);
    CHECK_FALSE(Dir::find_root(absent));
  }
  CHECK(Dir::find_root(temp.path()).value().names() == std::vector<std::string>{"dangling", "file"});
  CHECK(thrown_by([&] { return Dir::find_root(temp.path("file")); }).cause == Cause::usage);
  CHECK(thrown_by([&] { return Dir::open_root(temp.path("file")); }).cause == Cause::usage);
}

TEST_CASE("a message names a path as the user typed it") {
  const TempDir temp;
  temp.make_dir("a/b");
  const Dir root = temp.open();
  CHECK(root.path() == temp.path());
  CHECK(root.path_of("a/b") == temp.path("a/b"));
  CHECK(root.open_dir("a").path_of("b") == temp.path("a/b"));
  CHECK(Dir::open_root("/").path_of("a") == "/a");
  const auto thrown = thrown_by([&] { return root.open_dir("a").open_file("none"); });
  CHECK(thrown.message == "cannot read '" + temp.path("a/none") + "': No such file or directory");
}

TEST_CASE("what is absent is nothing to find and an error to open") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.make_dir("a/b");
  const Dir root = temp.open();
  for (const char* path : {"x", "a/x", "a/b/x", "x/y/z", "a/x/y"}) {
    CAPTURE(path);
    CHECK_FALSE(root.find_dir(path));
    CHECK_FALSE(root.find_file(path));
    CHECK_FALSE(root.find_content(path, 10));
    CHECK_FALSE(root.find_link(path));
    CHECK_FALSE(root.find_status(path));
    const std::vector<test::Thrown> errors = {
        thrown_by([&] { return root.open_dir(path); }), thrown_by([&] { return root.open_file(path); }),
        thrown_by([&] { return root.read_file(path, 10); }), thrown_by([&] { return root.read_link(path); }),
        thrown_by([&] { return root.status(path); })};
    for (const auto& error : errors) {
      CHECK(error.cause == Cause::io);
      CHECK(error.error_number == ENOENT);
    }
  }
}

TEST_CASE("a file where a directory should be is an error that means absent") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("a/file", "");
  const Dir root = temp.open();
  const std::vector<test::Thrown> errors = {thrown_by([&] { return root.find_dir("a/file"); }),
                                            thrown_by([&] { return root.find_dir("a/file/x"); }),
                                            thrown_by([&] { return root.find_file("a/file/x"); }),
                                            thrown_by([&] { return root.find_status("a/file/x/y"); }),
                                            thrown_by([&] { return root.find_link("a/file/x"); })};
  for (const auto& error : errors) {
    CHECK(error.cause == Cause::io);
    CHECK(error.error_number == ENOTDIR);
    CHECK(is_absent(Error(*error.cause, error.message, error.error_number)));
  }
}

TEST_CASE("names of any bytes are listed, opened and read as they are") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  for (const std::string& name : hostile_names) temp.write("dir/" + name, name);
  const Dir dir = temp.open().open_dir("dir");
  auto sorted = hostile_names;
  std::sort(sorted.begin(), sorted.end());
  CHECK(dir.names() == sorted);
  for (const std::string& name : hostile_names) {
    CHECK(dir.read_file(name, 255) == name);
    CHECK(temp.open().read_file("dir/" + name, 255) == name);
    CHECK(dir.status(name).size == name.size());
  }
}

TEST_CASE("a path of 4095 bytes is reached") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  const Dir root = temp.open();
  for (const std::size_t size : {std::size_t{4095}, std::size_t{4096}}) {
    const std::string path = long_path(size);
    root.make_dirs(path.substr(0, path.rfind('/')));
    root.create_file(path).close(path);
    CHECK(root.find_file(path));
    CHECK(root.status(path).kind == FileKind::file);
  }
}

TEST_CASE("only regular files are opened for reading, and nothing blocks") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.fifo("a/fifo");
  temp.make_dir("a/dir");
  temp.link("/dev/null", "a/link");
  const int number = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const Fd held(number);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, temp.path("a/socket").c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(number, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const Dir root = temp.open();
  for (const std::string name : {"fifo", "dir", "link", "socket"}) {
    CAPTURE(name);
    CHECK(thrown_by([&] { return root.find_file("a/" + name); }).cause == Cause::refused);
    CHECK(thrown_by([&] { return root.open_dir("a").open_file(name); }).cause == Cause::refused);
    CHECK(thrown_by([&] { return root.read_file("a/" + name, 10); }).cause == Cause::refused);
  }
  CHECK(thrown_by([] { return Dir::open_root("/dev").open_file("null"); }).cause == Cause::refused);
}

TEST_CASE("a file is read up to the limit and refused beyond it") {
  const TempDir temp;
  for (const std::size_t size : {0u, 1u, 16384u, 16385u, 100000u}) {
    const std::string content(size, 'x');
    temp.write("file", content);
    const Dir root = temp.open();
    CHECK(root.read_file("file", size) == content);
    CHECK(root.find_content("file", size + 1) == content);
    if (size > 0) CHECK(thrown_by([&] { return root.read_file("file", size - 1); }).cause == Cause::refused);
  }
}

TEST_CASE("a link is read, never followed") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  const std::string longest(4095, 't');
  for (const std::string& text :
       {std::string("../x"), std::string("/absolute"), std::string("\xff\n"), longest}) {
    std::filesystem::remove(temp.path("a/link"));
    temp.link(text, "a/link");
    const Dir root = temp.open();
    CHECK(root.read_link("a/link") == text);
    CHECK(root.find_link("a/link") == text);
    CHECK(root.read_link("a/link", text.size()) == text);
    CHECK(thrown_by([&] { return root.read_link("a/link", text.size() - 1); }).cause == Cause::refused);
  }
  temp.write("a/file", "");
  CHECK_FALSE(temp.open().find_link("a/file"));
  CHECK_FALSE(temp.open().find_link("a"));
  const auto thrown = thrown_by([&] { return temp.open().read_link("a/file"); });
  CHECK(thrown.cause == Cause::refused);
  CHECK(thrown.message.find("it is not a symbolic link") != std::string::npos);
}

TEST_CASE("a link is read into a buffer and cut where it ends") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.link("../blobs/name", "a/link");
  temp.write("a/file", "");
  const Dir root = temp.open();
  std::array<char, 13> whole;
  CHECK(root.find_link("a/link", whole) == "../blobs/name");
  std::array<char, 5> small;
  CHECK(root.find_link("a/link", small) == "../bl");
  CHECK_FALSE(root.find_link("a/file", whole));
  CHECK_FALSE(root.find_link("a/none", whole));
  CHECK(thrown_by([&] { return root.find_link("a/link/x", whole); }).cause == Cause::refused);
}

TEST_CASE("the status is that of the name itself") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("a/file", "12345");
  temp.link("file", "a/link");
  temp.fifo("a/fifo");
  std::filesystem::create_hard_link(temp.path("a/file"), temp.path("a/second"));
  std::filesystem::permissions(temp.path("a/file"), std::filesystem::perms(04751));
  const Dir root = temp.open();
  const Status file = root.status("a/file");
  const struct stat expected = temp.status("a/file");
  CHECK(file.kind == FileKind::file);
  CHECK(file.size == 5);
  CHECK(file.allocated == static_cast<std::uint64_t>(expected.st_blocks) * 512);
  CHECK(file.links == 2);
  CHECK(file.mode == 04751);
  CHECK(file.owner == ::geteuid());
  CHECK(file.inode == expected.st_ino);
  CHECK(file.device == expected.st_dev);
  CHECK(file.modified.tv_sec == expected.st_mtim.tv_sec);
  CHECK(file.modified.tv_nsec == expected.st_mtim.tv_nsec);
  CHECK(file.changed.tv_nsec == expected.st_ctim.tv_nsec);
  CHECK(file.accessed.tv_nsec == expected.st_atim.tv_nsec);
  CHECK(root.status("a/link").kind == FileKind::link);
  CHECK(root.status("a/link").size == 4);
  CHECK(root.status("a/fifo").kind == FileKind::other);
  CHECK(root.status("a").kind == FileKind::directory);
  CHECK(root.open_dir("a").own_status().inode == root.status("a").inode);
}

TEST_CASE("a sparse file takes less than its size") {
  const TempDir temp;
  temp.write("file", "x");
  std::filesystem::resize_file(temp.path("file"), 1 << 20);
  const Status status = temp.open().status("file");
  CHECK(status.size == 1 << 20);
  CHECK(status.allocated < status.size);
}

TEST_CASE("a listing holds each entry once with its kind, and again the next time") {
  const TempDir temp;
  for (int i = 0; i < 3000; ++i) temp.write("file" + std::to_string(i), "");
  temp.make_dir("dir");
  temp.link("nowhere", "link");
  temp.fifo("fifo");
  const Dir root = temp.open();
  const Dir second = root.duplicate();
  for (int round = 0; round < 2; ++round) {
    std::vector<std::string> names;
    root.for_each([&](const Dir::Item& item) {
      FileKind kind = FileKind::file;
      if (item.name == "dir") kind = FileKind::directory;
      if (item.name == "link") kind = FileKind::link;
      if (item.name == "fifo") kind = FileKind::other;
      if (item.kind != kind) FAIL_CHECK(item.name);
      names.emplace_back(item.name);
      // The other descriptor has its own position.
      if (names.size() == 10) CHECK(second.names().size() == 3003);
    });
    std::sort(names.begin(), names.end());
    CHECK(names == temp.names());
    CHECK(root.names() == names);
  }
}

TEST_CASE("a directory that was removed while it is open is empty") {
  const TempDir temp;
  temp.write("dir/file", "");
  const Dir dir = temp.open().open_dir("dir");
  std::filesystem::remove_all(temp.path("dir"));
  CHECK(dir.names().empty());
  CHECK_FALSE(dir.find_status("file"));
}

TEST_CASE("the free space is some of the file system's") {
  const TempDir temp;
  const auto space = std::filesystem::space(temp.path());
  const std::uint64_t free = temp.open().free_bytes();
  CHECK(free > 0);
  CHECK(free <= space.capacity);
}
