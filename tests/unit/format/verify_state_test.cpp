// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/verify_state.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"

using namespace modelcache;
using namespace modelcache::test;

TEST_CASE("words of a state are read as people's scripts write them") {
  const VerifyWords words = parse_verify_words(
      "{\n    \"a/b.bin\": \"matched\", \"größe\": \"undownload\",\"c\" :\"unmatched\"}", "s");
  CHECK(words == VerifyWords{{"a/b.bin", VerifyWord::matched},
                             {"c", VerifyWord::unmatched},
                             {"größe", VerifyWord::undownload}});
  CHECK(parse_verify_words("", "s").empty());
  CHECK(parse_verify_words("{}", "s").empty());
  CHECK(parse_verify_words(write_verify_words(words), "s") == words);
}

TEST_CASE("a state that is not wholly understood is refused, with the key") {
  const auto [text, reason] = GENERATE(table<std::string, std::string>({
      {R"({"a": "done"})", "'a'"},
      {R"({"a": 1})", "'a'"},
      {R"({"a": {"b": "matched"}})", "'a'"},
      {R"({"a": "matched", "a": "matched"})", "'a'"},
      {R"(["a"])", "object"},
      {R"("matched")", "object"},
      {R"({"a": "matched")", "JSON"},
      {"\xef\xbb\xbf{}", "byte order mark"},
  }));
  const auto error = thrown_by([text = text] { return parse_verify_words(text, "state.json"); });
  CHECK(error.cause == Cause::refused);
  CHECK_THAT(error.message, Catch::Matchers::Contains("state.json"));
  CHECK_THAT(error.message, Catch::Matchers::Contains(reason));
}

TEST_CASE("what was seen reads back, and is refused where it does not") {
  const VerifySeenFiles files{{"a", {5, 1700000000123456789, 1700000001, "sha256:00"}}, {"ü", {0, 0, 0, ""}}};
  CHECK(parse_verify_seen(write_verify_seen(files), "s") == files);
  CHECK(parse_verify_seen("", "s").empty());
  const auto text = GENERATE(as<std::string>(), R"({"files": {}})", R"({"format_version": 2, "files": {}})",
                             R"({"format_version": 1, "files": {"a": 1}})",
                             R"({"format_version": 1, "files": {"a": {"size": -1}}})",
                             R"({"format_version": 1, "files": {"a": {"expected": 1}}})", "[]", "x");
  const auto error = thrown_by([&] { return parse_verify_seen(text, "s"); });
  CHECK(error.cause == Cause::refused);
}
