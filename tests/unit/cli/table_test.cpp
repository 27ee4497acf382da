// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/table.hpp"

#include "modelcache/base/text.hpp"

#include "support/catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

using namespace modelcache;
using namespace modelcache::cli;

namespace {

std::vector<std::string> lines(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

Table sample() {
  Table table({{"ID", Align::left, 10}, {"SIZE", Align::right}, {"PATH", Align::left, 6}});
  table.add({"openai-community/gpt2", "9.0", "/home/user/hub/models--openai-community--gpt2"});
  table.add({"a/模型", "123.4G", "/x"});
  return table;
}

}  // namespace

TEST_CASE("columns are aligned by what a terminal shows, and no line ends with spaces") {
  const auto text = lines(sample().text({}));
  REQUIRE(text.size() == 4);
  CHECK(text[0] == "ID                       SIZE  PATH");
  CHECK(text[1] == "---------------------  ------  ---------------------------------------------");
  CHECK(text[2] == "openai-community/gpt2     9.0  /home/user/hub/models--openai-community--gpt2");
  CHECK(text[3] == "a/模型                 123.4G  /x");
}

TEST_CASE("the last columns are cut before the first") {
  const auto text = lines(sample().text(50));
  CHECK(text[2] == "openai-community/gpt2     9.0  /home/user/hub/m...");
  const auto narrower = lines(sample().text(30));
  CHECK(narrower[2] == "openai-comm...     9.0  /ho...");
}

TEST_CASE("no line is wider than the width that is given, however small") {
  for (std::size_t width = 1; width < 90; ++width)
    for (const std::string& line : lines(sample().text(width))) {
      CAPTURE(width, line);
      CHECK(display_width(line) <= width);
    }
}

TEST_CASE("the width comes from COLUMNS, and a pipe has none") {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  REQUIRE(null >= 0);
  const char* before = std::getenv("COLUMNS");
  const std::string kept = before != nullptr ? before : "";
  ::unsetenv("COLUMNS");
  CHECK_FALSE(terminal_width(null).has_value());
  ::setenv("COLUMNS", "77", 1);
  CHECK(terminal_width(null) == 77U);
  for (const char* nonsense : {"", "0", "-4", "wide", "99999999999999999999"}) {
    CAPTURE(nonsense);
    ::setenv("COLUMNS", nonsense, 1);
    CHECK_FALSE(terminal_width(null).has_value());
  }
  ::unsetenv("COLUMNS");
  if (before != nullptr) ::setenv("COLUMNS", kept.c_str(), 1);
  ::close(null);
}
