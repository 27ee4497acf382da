// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/local_metadata.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace modelcache;
using test::thrown_by;

namespace {

const std::string commit = "11c5a3d5811f50298f278a704980280950aedb10";
const std::string git_etag = "a16a55fda99d2f2e7b69cce5cf93ff4ad3049930";
const std::string sha256 = "7c5d3f4b8b76583b422fcb9189ad6c89d5d97a094541ce8932dce3ecabde1421";
const double infinity = std::numeric_limits<double>::infinity();
const double no_number = std::numeric_limits<double>::quiet_NaN();

ParsedLocalMetadata with_time(const std::string& time) {
  return parse_local_metadata(commit + "\n" + git_etag + "\n" + time + "\n");
}

}  // namespace

TEST_CASE("a client's metadata is read and written back byte for byte") {
  for (const std::string& etag : {git_etag, sha256}) {
    std::string text = commit + "\n";
    text += etag;
    text += "\n1712656091.123\n";
    const auto parsed = parse_local_metadata(text);
    REQUIRE(parsed.metadata);
    CHECK(parsed.reason.empty());
    CHECK(*parsed.metadata == LocalMetadata{commit, etag, 1712656091.123});
    CHECK(parsed.metadata->content() == Digest::from_blob_name(etag));
    CHECK(write_local_metadata(*parsed.metadata) == text);
  }
}

TEST_CASE("white space, other line ends, further lines and a missing last newline are accepted") {
  const LocalMetadata expected{commit, git_etag, 1.5};
  const std::vector<std::string> texts{
      commit + "\r\n" + git_etag + "\r\n1.5\r\n",   commit + "\r" + git_etag + "\r1.5",
      commit + "\n" + git_etag + "\n1.5",           "  " + commit + "\t \n \v\f" + git_etag + "\x1c\n 1.5 \n",
      commit + "\n" + git_etag + "\n1.5\nmore\n\n", commit + "\n" + git_etag + "\n15e-1"};
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(parse_local_metadata(text).metadata == expected);
  }
}

TEST_CASE("commit and etag are any text, and only a hash names a content") {
  for (const char* etag : {"", "\"abc\"", "W/x", "d41d8cd98f00b204e9800998ecf8427e-2", "../../x",
                           "A16A55FDA99D2F2E7B69CCE5CF93FF4AD3049930"}) {
    const auto parsed = parse_local_metadata("main\n" + std::string(etag) + "\n1\n");
    REQUIRE(parsed.metadata);
    CHECK(parsed.metadata->commit == "main");
    CHECK(parsed.metadata->etag == etag);
    CHECK_FALSE(parsed.metadata->content());
  }
}

TEST_CASE("the time is what Python's float reads") {
  const std::vector<std::pair<std::string, double>> good = {
      {"1764045815", 1764045815.0},
      {"1_0", 10},
      {"1e1_0", 1e10},
      {"+1", 1},
      {"-1", -1},
      {".5", 0.5},
      {"5.", 5},
      {"1E+5", 1e5},
      {"1e-999", 0},
      {"1e999", infinity},
      {"-1e999", -infinity},
      {"+inf", infinity},
      {"-Infinity", -infinity},
  };
  for (const auto& [text, value] : good) {
    CAPTURE(text);
    const auto parsed = with_time(text);
    REQUIRE(parsed.metadata);
    CHECK(parsed.metadata->timestamp == value);
  }
  for (const char* text : {"nan", "-NaN"}) CHECK(std::isnan(with_time(text).metadata.value().timestamp));
  for (const char* text :
       {"",   "x",    "1__0", "_1", "1_",   "1_.0",  "1._0", "++1",   "--1",    "+-1",   ".",    "1e",
        "e5", "1_e5", "1-",   "+",  "0x10", "1.5 x", "1,5",  "infin", "nan(1)", "1.5.2", "1e5.0"}) {
    CAPTURE(text);
    const auto parsed = with_time(text);
    CHECK_FALSE(parsed.metadata);
    CHECK(parsed.reason == "its third line is not a time");
  }
}

TEST_CASE("what the client calls invalid is malformed, with a reason") {
  const std::string ids = commit + "\n" + git_etag + "\n";
  const std::vector<std::string> texts{
      "", commit, commit + "\n", ids, commit + "\n1.5\n", "\n" + ids + "1.5\n"};
  for (const std::string& text : texts)
    CHECK(parse_local_metadata(text).reason == "its third line is not a time");
  CHECK(parse_local_metadata("\xff\nx\n1\n").reason == "it is not UTF-8");
  CHECK(parse_local_metadata("a\nb\n1\n" + std::string(local_metadata_limit, 'x')).reason.find("larger") !=
        std::string::npos);
}

TEST_CASE("metadata is true of a file until a second after it was written") {
  struct Case {
    double timestamp;
    timespec modified;
    bool valid;
  };
  for (const Case& one : std::vector<Case>{{100, {100, 0}, true},
                                           {100, {99, 0}, true},
                                           {100, {101, 0}, true},
                                           {100, {101, 1000}, false},
                                           {100.5, {101, 500'000'000}, true},
                                           {100.5, {101, 600'000'000}, false},
                                           {1764045815.1234567, {1764045816, 123'456'000}, true},
                                           {no_number, {0, 0}, false},
                                           {infinity, {1LL << 40, 0}, true},
                                           {-infinity, {0, 0}, false},
                                           {0, {-5, 0}, true}}) {
    CAPTURE(one.timestamp, one.modified.tv_sec, one.modified.tv_nsec);
    CHECK(LocalMetadata{"", "", one.timestamp}.is_valid_for(one.modified) == one.valid);
  }
}

TEST_CASE("a change within the client's second of grace is a change") {
  const LocalMetadata metadata{"", "", 100.25};
  CHECK(metadata.is_as_late_as({100, 250'000'000}));
  CHECK_FALSE(metadata.is_as_late_as({100, 250'001'000}));
  CHECK(metadata.is_valid_for({100, 250'001'000}));
  CHECK_FALSE(LocalMetadata{"", "", no_number}.is_as_late_as({0, 0}));
}

TEST_CASE("times are written as Python writes them") {
  const std::vector<std::pair<double, std::string>> cases = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {0.1, "0.1"},
      {0.0001, "0.0001"},
      {0.00001, "1e-05"},
      {1e-7, "1e-07"},
      {5e-324, "5e-324"},
      {-2.5, "-2.5"},
      {1712656091.123, "1712656091.123"},
      {1764045815.1234567, "1764045815.1234567"},
      {1764045815.0, "1764045815.0"},
      {9999999999999998.0, "9999999999999998.0"},
      {1e16, "1e+16"},
      {123456789012345680.0, "1.2345678901234568e+17"},
      {1e22, "1e+22"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {infinity, "inf"},
      {-infinity, "-inf"},
      {no_number, "nan"},
  };
  for (const auto& [value, text] : cases)
    CHECK(write_local_metadata({"c", "e", value}) == "c\ne\n" + text + "\n");
}

TEST_CASE("what would not read back is not written") {
  for (const char* field : {"a\nb", "a\r", " a", "a\t", "\xff"}) {
    CHECK(thrown_by([&] { return write_local_metadata({field, "e", 1}); }).cause == Cause::internal);
    CHECK(thrown_by([&] { return write_local_metadata({"c", field, 1}); }).cause == Cause::internal);
  }
}
