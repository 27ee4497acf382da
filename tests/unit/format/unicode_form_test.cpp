// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/unicode_form.hpp"

#include "support/catch.hpp"

using namespace modelcache;

TEST_CASE("names that look the same have one composed form") {
  CHECK(composed_form("") == "");
  CHECK(composed_form("plain/name.txt") == "plain/name.txt");
  CHECK(composed_form("e\xcc\x81") == "\xc3\xa9");
  CHECK(composed_form("\xc3\xa9") == "\xc3\xa9");
  CHECK(composed_form("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab") == "\xed\x95\x9c");
  // Compatibility forms are other names.
  CHECK(composed_form("\xef\xac\x81") == "\xef\xac\x81");
}

TEST_CASE("what is not UTF-8 has no form") {
  for (const char* name : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf"}) CHECK_FALSE(composed_form(name));
  CHECK(composed_form(std::string("a\0\xc3\xa9", 4)) == std::string("a\0\xc3\xa9", 4));
}
