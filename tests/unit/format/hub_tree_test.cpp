// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/hub_tree.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;

namespace {

const std::string blob_id = "cb5b2f69babc53f9145b45ad20b9a075d48717ef";
const std::string sha256 = "de536dafcba6e8e240f8c7ec0d368a53f15aedc9c3072076ae6c405e29d4bf8e";
const std::string xet = std::string(63, 'e') + "f";

// One entry; `more` are members with a comma in front.
std::string entry(const std::string& path, const std::string& more, const std::string& type = "file") {
  return R"({"type":")" + type + R"(","path":")" + path + R"(","oid":")" + blob_id + "\"" + more + "}";
}

const std::string lfs = R"(,"lfs":{"oid":")" + sha256 + R"(","size":9,"pointerSize":127})";

std::string page(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& one : entries) text += (text.empty() ? "[" : ",") + one;
  return text + "]";
}

ParsedTreeListing listing(const std::string& json) {
  ParsedHubTree parsed = parse_hub_tree(json);
  if (!parsed.tree) return {{}, parsed.reason};
  return to_tree_listing(std::move(*parsed.tree));
}

struct Refusal {
  std::string json;
  const char* named;  // what the reason must say
};

void check_refused(const std::vector<Refusal>& all) {
  for (const Refusal& one : all) {
    CAPTURE(one.json.substr(0, 300), one.named);
    const ParsedTreeListing parsed = listing(one.json);
    CHECK_FALSE(parsed.listing);
    CAPTURE(parsed.reason);
    CHECK(parsed.reason.find(one.named) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("Files of every kind are read, and sorted") {
  const auto parsed = listing(page({entry("d", R"(,"size":0)", "directory"),
                                    entry("d/x", R"(,"size":9)" + lfs + R"(,"xetHash":")" + xet + "\""),
                                    entry("sub", R"(,"size":0)", "unknown"),
                                    entry("d/l", R"(,"size":9,"lastCommit":{"id":"x"})" + lfs),
                                    R"({"size":5,"oid":")" + blob_id +
                                        R"(","path":"a \u00e4","type":"file","lfs":null,"xetHash":null})"}));
  CAPTURE(parsed.reason);
  REQUIRE(parsed.listing);
  const auto id = *Digest::parse(HashKind::git_sha1, blob_id);
  const auto large = *Digest::parse(HashKind::sha256, sha256);
  CHECK(parsed.listing->files == std::vector<ListedFile>{{*RelPath::parse("a \xc3\xa4"), 5, id, {}, {}, ""},
                                                         {*RelPath::parse("d/l"), 9, id, large, 9, ""},
                                                         {*RelPath::parse("d/x"), 9, id, large, 9, xet}});
}

TEST_CASE("An empty page, and a xet hash that is masked") {
  CHECK(listing("[]").listing == TreeListing());
  const auto masked = listing(page({entry("a", R"(,"size":9,"xetHash":"eeee****")" + lfs)}));
  REQUIRE(masked.listing);
  CHECK(masked.listing->files.front().xet_hash.empty());
}

TEST_CASE("What is no page of files is refused, and named") {
  check_refused({{"", "not JSON"},
                 {"<html>", "not JSON"},
                 {page({entry("a", R"(,"size":9)")}).substr(0, 60), "not JSON"},
                 {"{}", "not an array"},
                 {R"(["a"])", "entry 1 is not an object"},
                 {page({entry("a", R"(,"size":9)"), "[]"}), "entry 2 is not an object"},
                 {std::string(40, '[') + std::string(40, ']'), "entry 1 is not an object"},
                 {R"([{"type":"file","oid":")" + blob_id + R"(","size":1}])", "unsafe"},
                 {R"([{"type":"file","path":1}])", "path of entry 1"},
                 {page({entry("a", R"(,"size":9)", "symlink")}), "type of 'a'"},
                 {R"([{"path":"a","size":1,"oid":")" + blob_id + R"("}])", "type of 'a'"}});
}

TEST_CASE("Sizes and ids that are none are refused") {
  check_refused(
      {{page({entry("a", "")}), "size of 'a' is missing"},
       {page({entry("a", R"(,"size":-1)")}), "size of 'a'"},
       {page({entry("a", R"(,"size":1.5)")}), "size of 'a'"},
       {page({entry("a", R"(,"size":"1")")}), "size of 'a'"},
       {page({entry("a", R"(,"size":9223372036854775808)")}), "size of 'a'"},
       {page({entry("a", R"(,"size":8)" + lfs)}), "lfs.size of 'a'"},
       {page({entry("a", R"(,"size":9,"lfs":{"oid":")" + sha256 + R"("})")}), "lfs.size of 'a'"},
       {page({entry("a", R"(,"size":9,"lfs":{"size":9})")}), "lfs.oid of 'a'"},
       {page({entry("a", R"(,"size":9,"lfs":{"size":9,"oid":")" + blob_id + R"("})")}), "lfs.oid of 'a'"},
       {page({entry("a", R"(,"size":9,"lfs":true)")}), "lfs of 'a'"},
       {page({entry("a", R"(,"size":9,"xetHash":1)")}), "xetHash of 'a'"},
       {R"([{"type":"file","path":"a","size":1}])", "oid of 'a'"},
       {R"([{"type":"file","path":"a","size":1,"oid":"abc"}])", "oid of 'a'"},
       {R"([{"type":"file","path":"a","size":1,"oid":")" + std::string(40, 'A') + R"("}])", "oid of 'a'"},
       {R"([{"type":"file","path":"a","size":1,"oid":")" + sha256 + R"("}])", "oid of 'a'"},
       {R"([{"type":"file","path":"a","path":"b"}])", "twice"}});
}

TEST_CASE("Paths that are unsafe, or not of one tree, are refused") {
  const std::string size = R"(,"size":9)";
  check_refused(
      {{page({entry("../a", size)}), "'../a'"},
       {page({entry("/a", size)}), "'/a'"},
       {page({entry("a//b", size)}), "'a//b'"},
       {page({entry("", size)}), "unsafe"},
       {page({entry("a\\u0000b", size)}), "unsafe"},
       {page({entry(std::string(256, 'x'), size)}), "unsafe"},
       {page({entry("..", size, "directory")}), "'..'"},
       {page({entry("d/" + std::string(127, 'd') + "/a", size), entry("d", size)}), "a file and a directory"},
       {page({entry("a", size), entry("a", size)}), "'a' is there twice"},
       {page({entry("a", size), entry("a", size, "directory")}), "'a' is there twice"},
       {page({entry("a", size, "directory"), entry("a", size, "directory")}), "'a' is there twice"}});
  std::string deep;
  for (int i = 0; i < 129; ++i) deep += "d/";
  check_refused({{page({entry(deep + "f", size)}), "more than 128 directories"}});
  CHECK(listing(page({entry(deep.substr(2) + "f", size)})).listing);
}

TEST_CASE("A page has no more entries than it may") {
  const std::string three =
      page({entry("a", R"(,"size":1)"), entry("b", R"(,"size":0)", "directory"), entry("c", R"(,"size":1)")});
  CHECK(parse_hub_tree(three, 3).tree);
  const ParsedHubTree parsed = parse_hub_tree(three, 2);
  CHECK_FALSE(parsed.tree);
  CHECK(parsed.reason.find("more than 2 entries") != std::string::npos);
}
