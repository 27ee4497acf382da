// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/units.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace modelcache;
using std::chrono::seconds;

namespace {

constexpr std::uint64_t kilo = 1000;
constexpr std::uint64_t kibi = 1024;

// What no SIZE and no AGE may look like.
const std::vector<std::string> nonsense = {"",
                                           " ",
                                           "G",
                                           "-1",
                                           "-1G",
                                           "+1",
                                           "+1s",
                                           " 1",
                                           "1 ",
                                           "1 G",
                                           "1G ",
                                           "1\n",
                                           ".5",
                                           ".5G",
                                           "1.",
                                           "1.G",
                                           "1..5G",
                                           "1.5.",
                                           "1,5G",
                                           "1,000",
                                           "1e3",
                                           "1e3s",
                                           "0x10",
                                           "1GG",
                                           "1Gs",
                                           "1sG",
                                           "inf",
                                           "nan",
                                           "1_0",
                                           "ten",
                                           "1k1",
                                           "1h30m",
                                           "--1",
                                           "1\xC2\xA0G",
                                           "\xD9\xA1",
                                           "1\xEF\xBC\xA7",
                                           "1.5.5",
                                           std::string("1\0", 2),
                                           std::string("1G\0", 3)};

}  // namespace

TEST_CASE("sizes print as the hub's own tool prints them") {
  // Made with _format_size of huggingface_hub 2.4.0, its "1000.0K" below a million included.
  const std::vector<std::pair<std::uint64_t, std::string>> cases = {
      {0, "0.0"},
      {1, "1.0"},
      {9, "9.0"},
      {10, "10.0"},
      {999, "999.0"},
      {1000, "1.0K"},
      {1049, "1.0K"},
      {1050, "1.1K"},
      {1500, "1.5K"},
      {5000, "5.0K"},
      {12345, "12.3K"},
      {99949, "99.9K"},
      {99950, "100.0K"},
      {999'949, "999.9K"},
      {999'950, "1000.0K"},
      {999'999, "1000.0K"},
      {1'000'000, "1.0M"},
      {1'234'567, "1.2M"},
      {999'949'999, "999.9M"},
      {999'950'000, "1000.0M"},
      {1'000'000'000, "1.0G"},
      {999'999'999'999, "1000.0G"},
      {1'000'000'000'000, "1.0T"},
      {1'500'000'000'000, "1.5T"},
      {1'000'000'000'000'000, "1.0P"},
      {1'000'000'000'000'000'000, "1.0E"},
      {std::uint64_t{1} << 63, "9.2E"},
      {std::numeric_limits<std::uint64_t>::max(), "18.4E"}};
  for (const auto& [bytes, text] : cases) CHECK(format_size(bytes) == text);
}

TEST_CASE("ages print as the hub's own tool prints them, and the future reads as now") {
  // Made with format_timesince of huggingface_hub 2.4.0: rounded to the next, halves to the even number.
  const std::vector<std::pair<std::int64_t, std::string>> cases = {
      {-5, "a few seconds ago"},      {std::numeric_limits<std::int64_t>::min(), "a few seconds ago"},
      {0, "a few seconds ago"},       {19, "a few seconds ago"},
      {20, "20 seconds ago"},         {59, "59 seconds ago"},
      {60, "1 minute ago"},           {89, "1 minute ago"},
      {90, "2 minutes ago"},          {150, "2 minutes ago"},
      {3569, "59 minutes ago"},       {3570, "1 hour ago"},
      {5400, "2 hours ago"},          {82800, "23 hours ago"},
      {84599, "23 hours ago"},        {84600, "1 day ago"},
      {129600, "2 days ago"},         {561600, "6 days ago"},
      {561601, "1 week ago"},         {907200, "2 weeks ago"},
      {2592000, "4 weeks ago"},       {3888000, "6 weeks ago"},
      {3974400, "2 months ago"},      {15552000, "6 months ago"},
      {29808000, "1 year ago"},       {31536000, "1 year ago"},
      {47304001, "2 years ago"},      {315360000, "10 years ago"},
      {1'000'000'000, "32 years ago"}};
  for (const auto& [age, text] : cases) CHECK(format_age(seconds(age)) == text);
  CHECK(format_age(seconds::max()).ends_with(" years ago"));
}

TEST_CASE("a SIZE is digits with a decimal or binary unit in any case") {
  const std::vector<std::pair<std::string, std::uint64_t>> cases = {
      {"0", 0},
      {"0G", 0},
      {"007", 7},
      {"1", 1},
      {"1b", 1},
      {"12B", 12},
      {"1k", kilo},
      {"1K", kilo},
      {"1KB", kilo},
      {"1kB", kilo},
      {"1KiB", kibi},
      {"1kib", kibi},
      {"500MB", 500 * kilo * kilo},
      {"500M", 500 * kilo * kilo},
      {"1MiB", kibi * kibi},
      {"10G", 10 * kilo * kilo * kilo},
      {"10gb", 10 * kilo * kilo * kilo},
      {"1GiB", kibi * kibi * kibi},
      {"1.5T", 1500 * kilo * kilo * kilo},
      {"1TB", kilo * kilo * kilo * kilo},
      {"0.5TiB", kibi * kibi * kibi * kibi / 2},
      {"1P", kilo * kilo * kilo * kilo * kilo},
      {"2.25PiB", kibi * kibi * kibi * kibi * kibi / 4 * 9},
      {"0.1K", 100},
      {"1.001K", 1001}};
  for (const auto& [text, bytes] : cases) {
    CAPTURE(text);
    CHECK(parse_size(text) == std::optional(bytes));
  }
}

TEST_CASE("no digit of a long SIZE is lost") {
  const std::uint64_t odd = (std::uint64_t{1} << 53) + 1;  // no double has it
  CHECK(parse_size("9007199254740993") == std::optional(odd));
  CHECK(parse_size("9007199254740993B") == std::optional(odd));
  CHECK(parse_size("9007199254740993K") == std::optional(odd * kilo));
  CHECK(parse_size("18446744073709551615") == std::optional(std::numeric_limits<std::uint64_t>::max()));
  CHECK(parse_size("00000000000000000000000000000000000000001") == std::optional<std::uint64_t>(1));
}

TEST_CASE("a SIZE that does not fit, or that is none, is nothing") {
  for (const char* text : {"18446744073709551616", "18446744073709551616B", "18447P", "20000PB", "16384PiB",
                           "99999999999999999999999999", "1E", "1EB", "1ZB", "1bit", "1KBi", "1iB", "1Ki",
                           "1bb", "5s", "5d", "5 MB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
  for (const std::string& text : nonsense) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
  CHECK_FALSE(parse_size(std::string(100'000, '9')));
}

TEST_CASE("an AGE is digits with a unit of time; plain digits are seconds") {
  constexpr std::int64_t day = 86400;
  const std::vector<std::pair<std::string, std::int64_t>> cases = {{"0", 0},
                                                                   {"0s", 0},
                                                                   {"7", 7},
                                                                   {"30s", 30},
                                                                   {"15min", 900},
                                                                   {"15m", 900},
                                                                   {"15MIN", 900},
                                                                   {"12h", 12 * 3600},
                                                                   {"30d", 30 * day},
                                                                   {"2w", 14 * day},
                                                                   {"6mo", 180 * day},
                                                                   {"6MO", 180 * day},
                                                                   {"1y", 365 * day},
                                                                   {"1.5h", 5400},
                                                                   {"0.5d", day / 2},
                                                                   {"0y", 0},
                                                                   {"1000y", 365000 * day}};
  for (const auto& [text, age] : cases) {
    CAPTURE(text);
    CHECK(parse_age(text) == std::optional(seconds(age)));
  }
}

TEST_CASE("an AGE that is none is nothing, nor is one that milliseconds cannot hold") {
  for (const char* text : {"1month", "1sec", "1ms", "1us", "1hr", "1day", "5G", "1K", "300000000y",
                           "99999999999999999999", "9300000000000000s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_age(text));
  }
  for (const std::string& text : nonsense) {
    CAPTURE(text);
    CHECK_FALSE(parse_age(text));
  }
  // Waiting and lock code counts in milliseconds of 64 bits.
  CHECK(std::chrono::milliseconds(*parse_age("200000000y")).count() > 0);
}
