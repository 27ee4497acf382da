// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/atomic_file.hpp"

#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/open_way.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;
using IfExists = AtomicFile::IfExists;

namespace {

const std::vector<std::string> only_target = {"target"};

// A root with staging/ and target/.
struct Place {
  Place() {
    temp.make_dir("staging");
    temp.make_dir("target");
  }
  Dir staging() const { return temp.open().open_dir("staging"); }
  Dir target() const { return temp.open().open_dir("target"); }
  bool staging_is_empty() const { return temp.names("staging").empty(); }

  TempDir temp;
};

}  // namespace

TEST_CASE("random names are eight hexadecimal digits and differ") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string text = random_hex();
    CHECK(std::regex_match(text, std::regex("[0-9a-f]{8}")));
    seen.insert(text);
  }
  CHECK(seen.size() > 95);
}

TEST_CASE("a file appears with its whole content when it is published, not before") {
  const test::OpenWayGuard way(test::each_open_way());
  const Place place;
  place.temp.make_dir("target/a/b");
  const Dir staging = place.staging();
  const Dir target = place.target();
  AtomicFile file(staging, target, "a/b/name");
  file.write("first ");
  file.write("");
  file.write("second");
  CHECK(place.temp.names("target/a/b").empty());
  const auto names = place.temp.names("staging");
  REQUIRE(names.size() == 1);
  CHECK(std::regex_match(names[0], std::regex("name\\.[0-9a-f]{8}\\.incomplete")));
  CHECK(file.publish(IfExists::keep));
  CHECK(place.temp.read("target/a/b/name") == "first second");
  CHECK(place.temp.status("target/a/b/name").st_nlink == 1);
  CHECK(place.staging_is_empty());
}

TEST_CASE("a file has the mode that is asked for, less the umask") {
  const Place place;
  const Dir staging = place.staging();
  const Dir target = place.target();
  const mode_t before = ::umask(027);
  for (const std::uint32_t mode : {0666U, 0777U, 0444U}) {
    AtomicFile file(staging, target, "name", mode);
    file.write("content");
    CHECK(file.publish(IfExists::replace, AtomicFile::NameSync::all_by_caller));
    CHECK((place.temp.status("target/name").st_mode & 07777) == (mode & ~027U));
  }
  ::umask(before);
  CHECK(place.temp.read("target/name") == "content");
}

TEST_CASE("what is not published leaves nothing") {
  const Place place;
  place.temp.write("target/name", "old");
  const Dir staging = place.staging();
  const Dir target = place.target();
  {
    AtomicFile file(staging, target, "name");
    file.write("new");
  }
  CHECK(place.staging_is_empty());
  CHECK(place.temp.read("target/name") == "old");
}

TEST_CASE("keep lets the first one win, replace the last one") {
  const Place place;
  const Dir staging = place.staging();
  const Dir target = place.target();
  const auto publish = [&](const char* content, IfExists if_exists) {
    AtomicFile file(staging, target, "name");
    file.write(content);
    return file.publish(if_exists, AtomicFile::NameSync::by_caller);
  };
  CHECK(publish("one", IfExists::keep));
  CHECK_FALSE(publish("two", IfExists::keep));
  CHECK(place.temp.read("target/name") == "one");
  CHECK(publish("three", IfExists::replace));
  CHECK(place.temp.read("target/name") == "three");
  CHECK(place.staging_is_empty());
  CHECK(place.temp.names("target").size() == 1);
}

TEST_CASE("replacing never writes through a hard link or a symbolic one") {
  const Place place;
  place.temp.write("outside", "outside");
  std::filesystem::create_hard_link(place.temp.path("outside"), place.temp.path("target/hard"));
  place.temp.link("../outside", "target/soft");
  const struct stat before = place.temp.status("outside");
  for (const char* name : {"hard", "soft"}) write_atomically(place.staging(), place.target(), name, "new");
  CHECK(place.temp.read("target/hard") == "new");
  CHECK(place.temp.read("target/soft") == "new");
  CHECK(S_ISREG(place.temp.status("target/soft").st_mode));
  CHECK(place.temp.read("outside") == "outside");
  CHECK(place.temp.status("outside").st_mtim.tv_nsec == before.st_mtim.tv_nsec);
  CHECK(place.temp.status("outside").st_mode == before.st_mode);
}

TEST_CASE("a temporary fits where its target fits") {
  const Place place;
  for (const std::size_t size : {234u, 235u, 236u, 254u, 255u}) {
    const std::string name(size, 'n');
    const Dir staging = place.staging();
    const Dir target = place.target();
    AtomicFile file(staging, target, name);
    const auto names = place.temp.names("staging");
    REQUIRE(names.size() == 1);
    CHECK(names[0].size() <= 255);
    CHECK(std::regex_match(names[0], std::regex("n{234,235}\\.[0-9a-f]{8}\\.incomplete")));
    CHECK(file.publish(IfExists::keep));
    CHECK(place.temp.exists("target/" + name));
  }
}

TEST_CASE("a target of any bytes is published, one that leads elsewhere is refused") {
  const Place place;
  for (const std::string name : {"\xff\n", "-rf", "*", "\x1b[2J"}) {
    write_atomically(place.staging(), place.target(), name, name);
    CHECK(place.temp.read("target/" + name) == name);
  }
  for (const std::string path : {"../name", "a/../../name", "", ".", "..", "a//b", "a/"}) {
    CAPTURE(path);
    CHECK(thrown_by([&] { write_atomically(place.staging(), place.target(), path, "x"); }).cause ==
          Cause::refused);
  }
  CHECK(place.staging_is_empty());
  CHECK(place.temp.names() == std::vector<std::string>{"staging", "target"});
}

TEST_CASE("a target in a directory that is not there is an error and leaves nothing") {
  const Place place;
  place.temp.write("target/file", "");
  const auto absent = thrown_by([&] { write_atomically(place.staging(), place.target(), "none/name", "x"); });
  CHECK(absent.error_number == ENOENT);
  CHECK(absent.message.find(place.temp.path("target/none/name")) != std::string::npos);
  CHECK(thrown_by([&] {
          write_atomically(place.staging(), place.target(), "file/name", "x");
        }).error_number == ENOTDIR);
  CHECK(place.staging_is_empty());
}

TEST_CASE("a file takes the place of nothing but a file") {
  const Place place;
  place.temp.write("target/dir/file", "");
  const auto thrown = thrown_by([&] { write_atomically(place.staging(), place.target(), "dir", "x"); });
  CHECK(thrown.cause == Cause::io);
  CHECK(thrown.error_number == EISDIR);
  CHECK(place.temp.exists("target/dir/file"));
  CHECK(place.staging_is_empty());
}

TEST_CASE("an adopted file is published as the same inode") {
  const test::OpenWayGuard way(test::each_open_way());
  const Place place;
  place.temp.write("source", "content");
  const Fd source = place.temp.open().open_file("source");
  const Dir staging = place.staging();
  const Dir target = place.target();
  AtomicFile file(staging, target, "name");
  file.write("something that is dropped");
  file.adopt(source);
  CHECK(place.temp.names("staging").size() == 1);
  CHECK(file.publish(IfExists::keep));
  CHECK(place.temp.status("target/name").st_ino == place.temp.status("source").st_ino);
  CHECK(place.temp.status("source").st_nlink == 2);
  CHECK(place.temp.read("target/name") == "content");
  CHECK(place.staging_is_empty());
}

TEST_CASE("an adopted file that is not published keeps only its own name") {
  const Place place;
  place.temp.write("source", "content");
  {
    const Fd source = place.temp.open().open_file("source");
    const Dir staging = place.staging();
    const Dir target = place.target();
    AtomicFile file(staging, target, "name");
    file.adopt(source);
    place.temp.write("target/name", "first");
    CHECK_FALSE(file.publish(IfExists::keep));
  }
  CHECK(place.temp.status("source").st_nlink == 1);
  CHECK(place.temp.read("target/name") == "first");
  CHECK(place.staging_is_empty());
}

TEST_CASE("a file that cannot be adopted is copied into the same temporary instead") {
  const Place place;
  const Fd foreign = Dir::open_root("/proc/self").open_file("status");
  const Dir staging = place.staging();
  const Dir target = place.target();
  AtomicFile file(staging, target, "name");
  file.write("be");
  const auto thrown = thrown_by([&] { file.adopt(foreign); });
  CHECK(thrown.cause == Cause::io);
  CHECK(thrown.error_number == EXDEV);
  CHECK(thrown.message.find("'" + place.temp.path("target/name") + "'") != std::string::npos);
  file.write("fore");
  CHECK(file.publish(IfExists::keep));
  CHECK(place.temp.read("target/name") == "before");
}
