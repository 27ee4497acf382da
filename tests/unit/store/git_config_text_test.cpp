// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/git_config_text.hpp"

#include "support/catch.hpp"

using namespace modelcache;

using Strings = std::vector<std::string>;

TEST_CASE("a section is found however its header is laid out") {
  for (const char* text : {"[include]\npath = x", "[INCLUDE]path=x", "[ include ]",
                           "[core] a = b\n\t[include]", "[core][include]path=x", "\xef\xbb\xbf[include]\n",
                           "[includeIf \"gitdir:/a\"]", "\f[include]", "[core]\r[Include]"})
    CHECK(may_have_section(text, "include"));
  for (const char* text : {"", "include = x", "[core]\n\tinclude = x\n", "[", "[xinclude]"})
    CHECK_FALSE(may_have_section(text, "include"));
}

TEST_CASE("all values of a key are found, whatever section they are in") {
  CHECK(values_of("[include]\n\tpath = ../x\n[a]\nPath=\"b c\"\n", "path").values == Strings{"../x", "b c"});
  CHECK(values_of("[include]path=one", "path").values == Strings{"one"});
  CHECK(values_of("path", "path").values.empty());
  CHECK(values_of("pathx = y", "path").values.empty());
  CHECK(values_of("path =", "path").values == Strings{""});
  CHECK(values_of("path\t\v=\f/etc/x \r\n", "path").values == Strings{"/etc/x"});
}

TEST_CASE("a value is given with and without what may be a comment") {
  CHECK(values_of("path = a # b", "path").values == Strings{"a # b", "a"});
  CHECK(values_of("path = \"a;b\"", "path").values == Strings{"a;b", "a"});
}

TEST_CASE("a value with escapes or a continued line is not certain") {
  CHECK(values_of("path = a", "path").certain);
  CHECK_FALSE(values_of("path = a\\\n/../../b", "path").certain);
  CHECK_FALSE(values_of("path = \"a\\\"\"", "path").certain);
}
