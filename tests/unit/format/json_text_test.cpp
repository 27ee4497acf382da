// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/json_text.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;

namespace {

constexpr std::size_t limit = 1 << 20;

std::string shown(JsonPlace place) {
  std::string text;
  for (const std::string& key : place) text += "/" + key;
  return text;
}

// What is told, in order: "place type text".
std::vector<std::string> told(std::string_view json) {
  static constexpr const char* types[] = {"null", "boolean", "size", "number", "text", "object", "array"};
  std::vector<std::string> all;
  const auto flaw = read_json(json, limit,
                              {[&](JsonPlace place, const JsonValue& value) {
                                 all.push_back(shown(place) + " " + types[static_cast<int>(value.type)] +
                                               " " + std::to_string(value.size) + std::string(value.text));
                                 return JsonFlaw();
                               },
                               [&](JsonPlace place) {
                                 all.push_back(shown(place) + " end");
                                 return JsonFlaw();
                               }});
  if (flaw) all.push_back("refused: " + *flaw);
  return all;
}

std::string flaw_of(std::string_view json) {
  return read_json(json, limit, {[](JsonPlace, const JsonValue&) { return JsonFlaw(); }, {}}).value_or("");
}

}  // namespace

TEST_CASE("values come with the keys that lead to them, containers before and behind their members") {
  CHECK(told(R"({"a": [1, {"b": "x"}], "c": {"": null}, "d": [true]})") ==
        std::vector<std::string>{" object 0", "/a array 0", "/a/ size 1", "/a/ object 0", "/a//b text 0x",
                                 "/a/ end", "/a end", "/c object 0", "/c/ null 0", "/c end", "/d array 0",
                                 "/d/ boolean 0", "/d end", " end"});
  CHECK(told("[[], 2, -1, 1.5, 9223372036854775807]") ==
        std::vector<std::string>{" array 0", "/ array 0", "/ end", "/ size 2", "/ number 0", "/ number 0",
                                 "/ size 9223372036854775807", " end"});
  CHECK(told("9223372036854775808").front().starts_with(" number"));
  CHECK(told("1e3") == std::vector<std::string>{" number 0"});
}

TEST_CASE("a flaw that the visitor finds ends the reading") {
  int values = 0;
  const auto flaw = read_json(R"({"a": 1, "b": 2, "c": 3})", limit,
                              {[&](JsonPlace place, const JsonValue&) {
                                 ++values;
                                 return shown(place) == "/b" ? JsonFlaw("b it is") : JsonFlaw();
                               },
                               {}});
  CHECK(flaw == "b it is");
  CHECK(values == 3);
  CHECK(read_json("[]", limit,
                  {[](JsonPlace, const JsonValue&) { return JsonFlaw(); },
                   [](JsonPlace) { return JsonFlaw("at its end"); }}) == "at its end");
}

TEST_CASE("what is not strict JSON in UTF-8, too deep or too long is refused") {
  struct Case {
    std::string json;
    const char* named;
  };
  for (const Case& one : std::vector<Case>{
           {"", "JSON"},
           {"{", "JSON"},
           {"[1,]", "JSON"},
           {"{} x", "JSON"},
           {"[NaN]", "JSON"},
           {"[01]", "JSON"},
           {"// x\n[]", "JSON"},
           {"[\"\xff\"]", "JSON"},
           {"[\"\\ud83d\"]", "JSON"},
           {"\xef\xbb\xbf[]", "byte order mark"},
           {std::string("[]\0", 3), "NUL"},
           {R"({"a": 1, "\u0061": 2})", "the key 'a' is there twice"},
           {R"([{"x": {"a": 1, "a": 1}}])", "the key 'a' is there twice"},
           {std::string(33, '[') + std::string(33, ']'), "32 levels"},
           {std::string(100'000, '['), "32 levels"},
           {"[" + std::string(limit, ' ') + "]", "larger than"},
       }) {
    CAPTURE(one.json.substr(0, 100), one.named);
    const std::string flaw = flaw_of(one.json);
    CAPTURE(flaw);
    CHECK(flaw.find(one.named) != std::string::npos);
  }
  CHECK(flaw_of(std::string(32, '[') + std::string(32, ']')).empty());
  CHECK(flaw_of(R"([{"a": 1}, {"a": 1}])").empty());
}

TEST_CASE("a long name is cut in a reason") {
  CHECK(in_quotes("a") == "'a'");
  CHECK(in_quotes(std::string(500, 'x')).size() < 130);
}
