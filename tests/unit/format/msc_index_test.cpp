// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/msc_index.hpp"

#include "modelcache/base/error.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;
using namespace std::string_literals;

namespace {

using Warnings = std::vector<std::string>;

const std::string id(40, 'a');

MscIndex parsed(const std::string& bytes) {
  const ParsedMsc result = parse_msc(bytes);
  CHECK(!result.flaw);
  REQUIRE(result.index);
  return *result.index;
}

IndexFlaw flaw(const std::string& bytes) {
  const ParsedMsc result = parse_msc(bytes);
  CHECK(!result.index);
  REQUIRE(result.flaw);
  return *result.flaw;
}

}  // namespace

TEST_CASE("an index that is written reads back") {
  const std::vector<MscEntry> entries{
      {"config.json", id}, {"sub/\xff\xc3\xa9", "N/A"}, {"x", ""}, {"x", "x"}};
  for (const unsigned protocol : {2U, 3U, 4U, 5U}) {
    const MscIndex index = parsed(write_msc(entries, protocol));
    CHECK(index.entries == entries);
    CHECK(index.warnings.empty());
  }
  CHECK(parsed(write_msc({})).entries.empty());
}

TEST_CASE("entries that the clients fail on are kept and told of") {
  const MscIndex index =
      parsed("((VPath\nVa\nd(VRevision\nVr\nVPath\nNd(VPath\nVb\nVRevision\nVr\nVx\nNd}(VRevision\nK\1ul.c");
  REQUIRE(index.entries.size() == 4);
  CHECK(index.entries[0] == MscEntry{"a", "", true, false});
  CHECK(index.entries[1] == MscEntry{"", "r", false, true});
  CHECK(index.entries[2] == MscEntry{"b", "r", true, true, true});
  CHECK(index.entries[3] == MscEntry{"", "", false, false});
  CHECK(index.warnings == Warnings{"2 entries, the first is number 2, have no text as Path",
                                   "2 entries, the first is number 1, have no text as Revision",
                                   "there are bytes behind its end, which nothing reads"});
}

TEST_CASE("a path that no file can have is told apart") {
  const MscIndex index = parsed("((VPath\nVa\\ud800\nVRevision\nVr\ndl.");
  CHECK(index.entries == std::vector{MscEntry{"a\xed\xa0\x80", "r", true, true, false, false}});
  CHECK(index.warnings == Warnings{"entry 1 has a Path that no file can have"});
  CHECK_THROWS_AS(write_msc(index.entries), Error);
}

TEST_CASE("what is no list of dicts is refused") {
  CHECK(flaw("}.").sentence == "it is no list");
  CHECK(flaw("(}Nl.").sentence == "its entry 2 is no dict");
  CHECK(flaw("").sentence == "the file ends before STOP at offset 0");
  CHECK(!flaw("}.").is_unsafe);
  CHECK(!flaw("(l").is_unsafe);
}

TEST_CASE("an index that would run code is unsafe") {
  const IndexFlaw unsafe = flaw("(lcos\nsystem\n.");
  CHECK(unsafe.is_unsafe);
  CHECK(unsafe.sentence == "GLOBAL at offset 2 would run code");
  const ParsedMdl mdl = parse_mdl("cos\nsystem\n.");
  REQUIRE(mdl.flaw);
  CHECK(mdl.flaw->is_unsafe);
}

TEST_CASE("a repo's id is written and read") {
  CHECK(parse_mdl(write_mdl("owner/name___1")).id == "owner/name___1");
  CHECK(parse_mdl(write_mdl("owner/name", 2)).warnings.empty());
  const ParsedMdl none = parse_mdl("}.x");
  CHECK(!none.flaw);
  CHECK(!none.id);
  CHECK(none.warnings ==
        Warnings{"it has no text as id", "there are bytes behind its end, which nothing reads"});
  CHECK(parse_mdl("(l.").flaw->sentence == "it is no dict");
}

TEST_CASE("the three forms of a revision are told apart") {
  const MvText aistudio{id, "unknown"};
  CHECK(write_mv(aistudio) == "Revision:" + id + ",CreatedAt:unknown");
  CHECK(write_mv(aistudio).size() == 67);
  CHECK(aistudio.flavour() == MscFlavour::aistudio);
  const MvText model{"v1,a", "1700000000"};
  CHECK(write_mv(model) == "Revision:v1,a,CreatedAt:1700000000");
  CHECK(model.flavour() == MscFlavour::modelscope);
  const MvText dataset{"master", {}};
  CHECK(write_mv(dataset) == "master");
  CHECK(dataset.flavour() == MscFlavour::modelscope);
  for (const MvText& text : {aistudio, model, dataset}) CHECK(parse_mv(write_mv(text)).text == text);
  CHECK(parse_mv("master\r\n").text == dataset);
  CHECK(!MvText{"master", "unknown"}.flavour());
  CHECK(!MvText{id, "now"}.flavour());
}

TEST_CASE("a revision that is not one line of text is refused") {
  CHECK(parse_mv("").reason == "it is empty");
  CHECK(parse_mv("Revision:a").reason == "it has a Revision without CreatedAt");
  for (const std::string& content :
       {"a\nb"s, "a\x1b"s, "a\xff"s, "a\0"s, "\xe3\\\x8a\x96"s, "\xe2\x80\xaelive"s})
    CHECK(parse_mv(content).reason == "it is not one line of printable text");
  CHECK(parse_mv("a\\b").text == MvText{"a\\b", {}});
  CHECK(!parse_mv(std::string(mv_limit + 1, 'a')).text);
  CHECK_THROWS_AS(write_mv({"a\nb", {}}), Error);
  CHECK_THROWS_AS(write_mv({"Revision:a,CreatedAt:b", {}}), Error);
  CHECK_THROWS_AS(write_mv({"", {}}), Error);
  CHECK_THROWS_AS(write_mv({"a", "b,CreatedAt:c"}), Error);
}
