// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/tree_listing.hpp"

#include "modelcache/base/error.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;

namespace {

const std::string blob_id = "cb5b2f69babc53f9145b45ad20b9a075d48717ef";
const std::string sha256 = "de536dafcba6e8e240f8c7ec0d368a53f15aedc9c3072076ae6c405e29d4bf8e";
const std::string xet = std::string(63, 'e') + "f";
// What the Python client writes for a regular and a large file.
const std::string sample =
    "{\n"
    " \"format_version\": 1,\n"
    " \"files\": {\n"
    "  \"config.json\": {\n"
    "   \"size\": 9,\n"
    "   \"blob_id\": \"cb5b2f69babc53f9145b45ad20b9a075d48717ef\"\n"
    "  },\n"
    "  \"model.safetensors\": {\n"
    "   \"size\": 5000,\n"
    "   \"blob_id\": \"656d9e975e84d5127a4563c5f500e6362c8338fb\",\n"
    "   \"lfs_sha256\": \"de536dafcba6e8e240f8c7ec0d368a53f15aedc9c3072076ae6c405e29d4bf8e\",\n"
    "   \"lfs_size\": 5000\n"
    "  }\n"
    " }\n"
    "}";

Digest git_id(const std::string& hex = blob_id) {
  return *Digest::parse(HashKind::git_sha1, hex);
}

ListedFile regular(const std::string& path) {
  return {*RelPath::parse(path), 9, git_id(), {}, {}, ""};
}

std::string of_files(const std::string& files) {
  return "{\"format_version\": 1, \"files\": {" + files + "}}";
}

std::string member(const std::string& path) {
  return "\"" + path + "\": {\"size\": 9, \"blob_id\": \"" + blob_id + "\"}";
}

// One file "f" with these members besides blob_id.
std::string of_file(const std::string& members) {
  return of_files("\"f\": {\"blob_id\": \"" + blob_id + "\", " + members + "}");
}

std::string nested(std::size_t levels) {
  std::string text = "{\"format_version\": 1, \"files\": {}, \"x\": ";
  for (std::size_t i = 1; i < levels; ++i) text += "[";
  for (std::size_t i = 1; i < levels; ++i) text += "]";
  return text + "}";
}

std::string deep_path(std::size_t directories) {
  std::string path;
  for (std::size_t i = 0; i < directories; ++i) path += "d/";
  return path + "f";
}

struct Refusal {
  std::string json;
  const char* named;  // what the reason must say
};

void check_refused(const std::vector<Refusal>& all) {
  for (const Refusal& one : all) {
    CAPTURE(one.json.substr(0, 300), one.named);
    const ParsedTreeListing parsed = parse_tree_listing(one.json);
    CHECK_FALSE(parsed.listing);
    CAPTURE(parsed.reason);
    CHECK(parsed.reason.find(one.named) != std::string::npos);
    CHECK(parsed.reason.size() < 400);
  }
}

}  // namespace

TEST_CASE("a client's listing is read and written back byte for byte") {
  const ParsedTreeListing parsed = parse_tree_listing(sample);
  REQUIRE(parsed.listing);
  REQUIRE(parsed.listing->files.size() == 2);
  const ListedFile& config = parsed.listing->files[0];
  CHECK(config == regular("config.json"));
  CHECK(config.content() == git_id());
  CHECK(config.content_size() == 9);
  const ListedFile& model = parsed.listing->files[1];
  CHECK(model.path.bytes() == "model.safetensors");
  CHECK(model.blob_id == git_id("656d9e975e84d5127a4563c5f500e6362c8338fb"));
  CHECK(model.content().hex() == sha256);
  CHECK(model.lfs_size == 5000);
  CHECK(model.xet_hash.empty());
  CHECK(write_tree_listing(*parsed.listing) == sample);
}

TEST_CASE("the listing of the smallest complete repo has the client's 538 bytes") {
  TreeListing listing;
  listing.files.push_back({*RelPath::parse("README.md"), 3, git_id(), {}, {}, ""});
  listing.files.push_back({*RelPath::parse("config.json"), 2, git_id(), {}, {}, ""});
  listing.files.push_back({*RelPath::parse("model.safetensors"), 5000, git_id(),
                           Digest::parse(HashKind::sha256, sha256), 5000, ""});
  listing.files.push_back({*RelPath::parse("sub/dir/x y#%.txt"), 5, git_id(), {}, {}, ""});
  CHECK(write_tree_listing(listing).size() == 538);
}

TEST_CASE("names are written as the Python client escapes them") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a/b c", R"("a/b c")"},
      {"q\"\\", R"("q\"\\")"},
      {"\b\f\n\r\t\x01\x1f", R"("\b\f\n\r\t\u0001\u001f")"},
      {"\x7f", R"("\u007f")"},
      {"\xc3\xa4", R"("\u00e4")"},
      {"\xe5\x88\x86", R"("\u5206")"},
      {"\xf0\x9f\x98\x80", R"("\ud83d\ude00")"},
      {"\xf4\x8f\xbf\xbf", R"("\udbff\udfff")"},
      {"\xef\xbf\xbf", R"("\uffff")"},
      {"\xc2\x80", R"("\u0080")"},
  };
  for (const auto& [path, text] : cases) {
    const std::string json = write_tree_listing({{regular(path)}});
    CAPTURE(json);
    CHECK(json.find("\n  " + text + ": {\n") != std::string::npos);
    CHECK(parse_tree_listing(json).listing == TreeListing{{regular(path)}});
  }
}

TEST_CASE("an empty listing, xet hashes and an unknown LFS size are written as the client writes them") {
  CHECK(write_tree_listing({}) == "{\n \"format_version\": 1,\n \"files\": {}\n}");
  CHECK(parse_tree_listing(write_tree_listing({})).listing == TreeListing());
  ListedFile file = regular("f");
  file.lfs_sha256 = Digest::parse(HashKind::sha256, sha256);
  file.xet_hash = xet;
  const std::string json = write_tree_listing({{file}});
  CHECK(json.find("\"lfs_size\": null,\n   \"xet_hash\": \"" + xet + "\"\n  }\n }\n}") != std::string::npos);
  CHECK(parse_tree_listing(json).listing == TreeListing{{file}});
  CHECK(file.content_size() == 9);
}

TEST_CASE("a name that is not UTF-8 is refused by the writer, not changed") {
  for (const char* path : {"\xff", "a\xc3", "\xed\xa0\x80"}) {
    CAPTURE(path);
    CHECK_THROWS_AS(write_tree_listing({{regular(path)}}), Error);
  }
}

TEST_CASE("extra keys, another order of keys and any white space are accepted") {
  const std::string file = "\"b\": {\"extra\": [{\"a\": 1, \"b\": [null, true, 1.5, -3]}], \"blob_id\": \"" +
                           blob_id +
                           "\", \"xet_hash\": null, \"lfs_sha256\": null, \"lfs_size\": null, \"size\": 9}";
  const std::string json = "\r\n\t {\"more\": {\"files\": 1}, \"files\": {" + file + "," + member("a") +
                           "},\n\"format_version\":1, \"list\": []} \n";
  const ParsedTreeListing parsed = parse_tree_listing(json);
  CAPTURE(parsed.reason);
  REQUIRE(parsed.listing);
  CHECK(*parsed.listing == TreeListing{{regular("a"), regular("b")}});
}

TEST_CASE("files are sorted by bytes whatever their order in the text") {
  const auto parsed =
      parse_tree_listing(of_files(member("b") + "," + member("a/c") + "," + member("a-b") + "," +
                                  member("a.b") + "," + member("\\ud83d\\ude00") + "," + member("\\uffff")));
  REQUIRE(parsed.listing);
  std::vector<std::string> paths;
  for (const ListedFile& file : parsed.listing->files) paths.push_back(file.path.bytes());
  CHECK(paths == std::vector<std::string>{"a-b", "a.b", "a/c", "b", "\xef\xbf\xbf", "\xf0\x9f\x98\x80"});
}

TEST_CASE("another version, another shape and missing keys are refused by name") {
  check_refused({
      {"", "JSON"},
      {"null", "top level"},
      {"1", "top level"},
      {"\"x\"", "top level"},
      {"[]", "top level is an array"},
      {"[{\"format_version\": 1, \"files\": {}}]", "top level is an array"},
      {"{}", "format_version is missing"},
      {"{\"format_version\": 1}", "files is missing"},
      {"{\"files\": {}}", "format_version is missing"},
      {"{\"format_version\": 2, \"files\": {}}", "format_version is 2"},
      {"{\"format_version\": 0, \"files\": {}}", "format_version is 0"},
      {"{\"format_version\": \"1\", \"files\": {}}", "format_version"},
      {"{\"format_version\": 1.0, \"files\": {}}", "format_version"},
      {"{\"format_version\": true, \"files\": {}}", "format_version"},
      {"{\"format_version\": null, \"files\": {}}", "format_version"},
      {"{\"format_version\": [1], \"files\": {}}", "format_version"},
      {"{\"format_version\": {}, \"files\": {}}", "format_version"},
      {"{\"format_version\": 1, \"files\": []}", "files"},
      {"{\"format_version\": 1, \"files\": null}", "files"},
      {of_files("\"f\": 1"), "'f'"},
      {of_files("\"f\": []"), "'f'"},
      {of_files("\"f\": {}"), "size of 'f' is missing"},
      {of_files("\"f\": {\"size\": 1}"), "blob_id of 'f' is missing"},
      {of_file("\"x\": 1"), "size of 'f' is missing"},
      {of_file("\"size\": 1, \"lfs_size\": 1"), "lfs_sha256 of 'f' is missing"},
  });
}

TEST_CASE("sizes must be unsigned integers up to 2^63-1") {
  for (const char* value : {"-1", "-0", "1.5", "1.0", "1e3", "9223372036854775808", "18446744073709551616",
                            "\"1\"", "true", "null", "{}", "[]", "[1]"}) {
    check_refused({{of_file(std::string("\"size\": ") + value), "size of 'f'"}});
    const std::string lfs = "\"size\": 1, \"lfs_sha256\": \"" + sha256 + "\", \"lfs_size\": ";
    if (std::string(value) != "null") check_refused({{of_file(lfs + value), "lfs_size of 'f'"}});
  }
  check_refused({{of_file("\"size\": NaN"), "JSON"},
                 {of_file("\"size\": Infinity"), "JSON"},
                 {of_file("\"size\": 01"), "JSON"},
                 {of_file("\"size\": 1" + std::string(400, '0')), ""}});
  const auto parsed = parse_tree_listing(of_file("\"size\": 9223372036854775807"));
  REQUIRE(parsed.listing);
  CHECK(parsed.listing->files[0].size == 9223372036854775807ULL);
}

TEST_CASE("ids must be hexadecimal digits of their length; one masked xet hash refuses the whole listing") {
  const std::string masked = "\"" + xet.substr(0, 8) + std::string(56, '*') + "\"";
  for (const std::string& value : {masked, "\"" + xet + "0\"", std::string("\"\""), std::string("1"),
                                   std::string("true"), std::string("[]"), std::string("{}")})
    check_refused({{of_file("\"size\": 1, \"xet_hash\": " + value), "xet_hash of 'f'"},
                   {of_file("\"size\": 1, \"lfs_sha256\": " + value), "lfs_sha256 of 'f'"},
                   {of_files("\"f\": {\"size\": 1, \"blob_id\": " + value + "}"), "blob_id of 'f'"}});
  check_refused(
      {{of_files("\"f\": {\"size\": 1, \"blob_id\": null}"), "blob_id of 'f'"},
       {of_files("\"f\": {\"size\": 1, \"blob_id\": \"" + sha256 + "\"}"), "blob_id of 'f'"},
       {of_files("\"f\": {\"size\": 1, \"blob_id\": \"CB" + blob_id.substr(2) + "\"}"), "blob_id of 'f'"},
       {of_file("\"size\": 1, \"lfs_sha256\": \"" + blob_id + "\""), "lfs_sha256 of 'f'"}});
}

TEST_CASE("unsafe and clashing paths are refused by name") {
  check_refused({
      {of_files(member("../x")), "'../x'"},
      {of_files(member("/x")), "'/x'"},
      {of_files(member("a//b")), "'a//b'"},
      {of_files(member("a/./b")), "'a/./b'"},
      {of_files(member("a/")), "'a/'"},
      {of_files(member("")), "''"},
      {of_files(member(".")), "'.'"},
      {of_files(member("a\\u0000b")), "unsafe"},
      {of_files(member(std::string(256, 'a'))), "unsafe"},
      {of_files(member(deep_path(2048))), "unsafe"},
      {of_files(member(deep_path(129))), "128 directories"},
      {of_files(member("a") + "," + member("a")), "'a' is there twice"},
      {of_files(member("a") + "," + member("\\u0061")), "'a' is there twice"},
      {of_files(member("a") + "," + member("a-b") + "," + member("a/c")), "'a' is a file and a directory"},
      {of_files(member("d/e/f") + "," + member("d/e.x") + "," + member("d/e")),
       "'d/e' is a file and a directory"},
  });
  CHECK(parse_tree_listing(of_files(member(deep_path(128)))).listing);
  CHECK(parse_tree_listing(of_files(member("a-b") + "," + member("a/c") + "," + member("a.b"))).listing);
}

TEST_CASE("duplicate keys are refused at every level") {
  check_refused({
      {"{\"format_version\": 1, \"format_version\": 1, \"files\": {}}", "format_version"},
      {"{\"format_version\": 1, \"files\": {}, \"files\": {}}", "files"},
      {of_file("\"size\": 1, \"size\": 1"), "'size'"},
      {of_file("\"size\": 1, \"x\": 1, \"x\": 2"), "'x'"},
      {of_file("\"size\": 1, \"x\": {\"y\": 1, \"y\": 2}"), "'y'"},
  });
}

TEST_CASE("what is not strict JSON in UTF-8 is refused") {
  const std::string good = of_files(member("a"));
  check_refused({
      {"\xef\xbb\xbf" + good, "byte order mark"},
      {good + std::string(1, '\0'), "NUL"},
      {good + " x", "JSON"},
      {good + good, "JSON"},
      {good.substr(0, good.size() - 1), "JSON"},
      {of_files(member("\xff")), "JSON"},
      {of_files(member("\xc3")), "JSON"},
      {of_files(member("\xed\xa0\x80")), "JSON"},
      {of_files(member("\\ud83d")), "JSON"},
      {of_files(member("\\ude00x")), "JSON"},
      {of_files(member("a\nb")), "JSON"},
      {of_files(member("a") + ","), "JSON"},
      {"{'format_version': 1}", "JSON"},
      {"// comment\n" + good, "JSON"},
  });
  REQUIRE(parse_tree_listing(good).listing);
}

TEST_CASE("depth and length have limits that cost no stack") {
  CHECK(parse_tree_listing(nested(32)).listing);
  check_refused({
      {nested(33), "32 levels"},
      {nested(1000000), "32 levels"},
      {std::string(1000000, '['), "array"},
      {"{\"x\":" + std::string(1000000, '['), "32 levels"},
      {std::string(tree_listing_limit + 1, ' '), "larger"},
      {of_files(member(std::string(4 << 20, 'a'))), "unsafe"},
  });
}
