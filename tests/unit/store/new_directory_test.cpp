// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/new_directory.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace modelcache;
using namespace modelcache::test;
using namespace std::chrono_literals;

namespace {

using Strings = std::vector<std::string>;

const std::string staging = ".model.modelcache-incomplete";

void fill(const NewDirectory& fresh, std::string_view name) {
  static_cast<void>(fresh.dir().create_file(name));
}

}  // namespace

TEST_CASE("a new directory has its name when it is published, with all that was brought, and not before") {
  const TempDir temp;
  NewDirectory fresh(temp.path("on/the/way/model"), 0ms);
  fill(fresh, "config.json");
  CHECK(temp.names("on/the/way") == Strings{staging});
  fresh.publish();
  CHECK(temp.names("on/the/way") == Strings{"model"});
  CHECK(temp.names("on/the/way/model") == Strings{"config.json"});
}

TEST_CASE("a name that is taken meanwhile stays what it is, and what was brought stays too") {
  const TempDir temp;
  const auto kind = GENERATE(as<std::string>(), "a file", "a directory", "a link to nothing");
  CAPTURE(kind);
  {
    NewDirectory fresh(temp.path("model"), 0ms);
    fill(fresh, "config.json");
    if (kind == "a file") temp.write("model", "mine");
    if (kind == "a directory") temp.write("model/mine", "mine");
    if (kind == "a link to nothing") temp.link("elsewhere", "model");
    CHECK(thrown_by([&] { return fresh.publish(), true; }).cause == Cause::refused);
  }
  CHECK(temp.names() == Strings{staging, "model"});
  CHECK(temp.names(staging) == Strings{"config.json"});
  if (kind == "a file") CHECK(temp.read("model") == "mine");
  if (kind == "a directory") CHECK(temp.names("model") == Strings{"mine"});
  if (kind == "a link to nothing") CHECK(temp.read_link("model") == "elsewhere");
}

TEST_CASE("what a run before left is taken over, an empty rest goes, and all of it goes on demand") {
  const TempDir temp;
  { const NewDirectory nothing(temp.path("model"), 0ms); }
  CHECK(temp.names().empty());
  {
    const NewDirectory first(temp.path("model"), 0ms);
    fill(first, "part");
  }
  CHECK(temp.names() == Strings{staging});
  {
    NewDirectory second(temp.path("model"), 0ms);
    CHECK(second.dir().names() == Strings{"part"});
    CHECK(second.staging_path() == temp.path(staging));
    second.discard();
  }
  CHECK(temp.names().empty());
}

TEST_CASE("two runs never fill one directory") {
  const TempDir temp;
  NewDirectory first(temp.path("model"), 0ms);
  const auto open_second = [&](std::chrono::milliseconds wait) {
    return thrown_by([&] { return NewDirectory(temp.path("model"), wait).staging_path(); });
  };
  CHECK(open_second(20ms).cause == Cause::busy);
  // Who waits while the first one publishes begins anew, and finds the name taken at the end.
  fill(first, "config.json");
  std::jthread publisher([&] {
    std::this_thread::sleep_for(50ms);
    first.publish();
  });
  NewDirectory second(temp.path("model"), 10s);
  CHECK(second.dir().names().empty());
  CHECK(thrown_by([&] { return second.publish(), true; }).cause == Cause::refused);
  CHECK(temp.names("model") == Strings{"config.json"});
}

TEST_CASE("a name of any length has room for its staging") {
  const TempDir temp;
  const std::string longest(255, 'm');
  NewDirectory fresh(temp.path(longest), 0ms);
  fresh.publish();
  CHECK(temp.names() == Strings{longest});
}

TEST_CASE("a staging that is no directory is refused, not followed") {
  const TempDir temp;
  temp.make_dir("elsewhere");
  temp.link("elsewhere", staging);
  CHECK(thrown_by([&] { return NewDirectory(temp.path("model"), 0ms).staging_path(); }).cause);
  CHECK(temp.names("elsewhere").empty());
  CHECK(temp.read_link(staging) == "elsewhere");
}

TEST_CASE("directories are made on the way to a path, and the closest one that is there is found") {
  const TempDir temp;
  CHECK(existing_ancestor(temp.path("a/b")) == temp.path());
  CHECK(make_directories(temp.path("a/b")).path() == temp.path("a/b"));
  CHECK(existing_ancestor(temp.path("a/b/c")) == temp.path("a/b"));
  CHECK(make_directories(temp.path("a/b")).names().empty());
}
