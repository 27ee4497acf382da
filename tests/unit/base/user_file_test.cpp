// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/user_file.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

using namespace modelcache;
using namespace modelcache::test;

TEST_CASE("a user's file is read by whatever name it has") {
  const TempDir dir;
  dir.write("real/list", "text");
  dir.link("real", "way");
  dir.link("way/list", "name");
  CHECK(find_user_file(dir.path("real/list"), 4) == "text");
  CHECK(find_user_file(dir.path("name"), 4) == "text");
  CHECK(find_user_file(dir.path("way/list"), 4) == "text");
  CHECK(!find_user_file(dir.path("none"), 4));
  CHECK(!find_user_file(dir.path("none/list"), 4));
  CHECK(!find_user_file(dir.path("real/list/below"), 4));
  for (const std::string& path : {dir.path("real/list"), dir.path("real"), std::string("/")}) {
    const auto error = thrown_by([&] { return find_user_file(path, 3); });
    CHECK(error.cause == Cause::refused);
  }
}

TEST_CASE("a user's file is replaced as a whole, where its name leads") {
  const TempDir dir;
  dir.write("real/list", "old");
  dir.link("real/list", "name");
  write_user_file(dir.path("name"), "new");
  CHECK(dir.read("real/list") == "new");
  CHECK(dir.read_link("name") == "real/list");
  write_user_file(dir.path("other"), "one");
  CHECK(dir.read("other") == "one");
  CHECK(dir.names() == std::vector<std::string>{"name", "other", "real"});
  CHECK(dir.names("real") == std::vector<std::string>{"list"});
  const auto error = thrown_by([&] {
    write_user_file(dir.path("none/list"), "x");
    return 0;
  });
  CHECK(error.cause == Cause::not_found);
}
