// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/environment.hpp"

#include "support/catch.hpp"

#include <cstdlib>
#include <map>

using namespace modelcache;

TEST_CASE("Set but empty is not unset") {
  ::setenv("MODELCACHE_TEST", "", 1);
  CHECK(environment("MODELCACHE_TEST") == "");
  ::unsetenv("MODELCACHE_TEST");
  CHECK_FALSE(environment("MODELCACHE_TEST"));
}

TEST_CASE("Variables are put in as Python does") {
  ::setenv("MODELCACHE_A", "$MODELCACHE_B/x", 1);
  ::setenv("MODELCACHE_B", "", 1);
  const std::map<std::string, std::string> table{
      {"", ""},
      {"/a/$MODELCACHE_A", "/a/$MODELCACHE_B/x"},
      {"${MODELCACHE_A}y", "$MODELCACHE_B/xy"},
      {"$MODELCACHE_Ay", "$MODELCACHE_Ay"},
      {"$MODELCACHE_B.$MODELCACHE_NONE", ".$MODELCACHE_NONE"},
      {"$ $$ ${ ${} $", "$ $$ ${ ${} $"},
  };
  for (const auto& [text, expanded] : table) {
    CAPTURE(text);
    CHECK(expand_variables(text) == expanded);
  }
  ::unsetenv("MODELCACHE_A");
  ::unsetenv("MODELCACHE_B");
}

TEST_CASE("Paths are joined with one slash") {
  CHECK(path_below("a", "b/c") == "a/b/c");
  CHECK(path_below("a/", "b") == "a/b");
  CHECK(path_below("/", "b") == "/b");
  CHECK(path_below("", "b") == "b");
}
