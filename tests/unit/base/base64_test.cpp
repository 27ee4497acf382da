// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/base64.hpp"

#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace modelcache;

TEST_CASE("base64 is that of RFC 4648, with padding, both ways") {
  const std::vector<std::pair<std::string, std::string>> cases = {{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"},
                                                                  {"\xFF\xFE\xFD", "//79"},
                                                                  {"\xFB\xEF\xBE", "++++"},
                                                                  {std::string(3, '\0'), "AAAA"},
                                                                  {std::string(1, '\0'), "AA=="}};
  for (const auto& [bytes, text] : cases) {
    CHECK(base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
  }
  std::string all;
  for (int i = 0; i < 5000; ++i) all += static_cast<char>(i * 7 % 256);
  CHECK(from_base64(base64(all)) == all);
}

TEST_CASE("a text that is not exactly what is written for some bytes is none") {
  for (const std::string& text :
       {std::string("Z"), std::string("Zg"), std::string("Zg="), std::string("Zg==="), std::string("Zm9v\n"),
        std::string(" Zm9"), std::string("Zm9 "), std::string("Zm\n9v"), std::string("Zh=="),
        std::string("Zm9="), std::string("===="), std::string("Z==="), std::string("Zg==Zg=="),
        std::string("Zm-_"), std::string("Zm9\0", 4), std::string("    "), std::string("Zm9v    "),
        std::string("\n\n\n\n"), std::string("-\n\n\n")}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text));
  }
}
