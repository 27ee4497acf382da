// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/manifest.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace modelcache;
using test::thrown_by;

namespace {

const std::string blob = "cb5b2f69babc53f9145b45ad20b9a075d48717ef";
const std::string pointer = "656d9e975e84d5127a4563c5f500e6362c8338fb";
const std::string sha256 = "de536dafcba6e8e240f8c7ec0d368a53f15aedc9c3072076ae6c405e29d4bf8e";
const std::string other = std::string(64, '7');

RelPath path(const std::string& bytes) {
  return *RelPath::parse(bytes);
}
ManifestEntry of_sha256(const std::string& hex = sha256) {
  return {Digest::parse(HashKind::sha256, hex), {}, {}};
}
ManifestEntry regular(std::uint64_t size) {
  return {{}, Digest::parse(HashKind::git_sha1, blob), size};
}
ManifestEntry large(std::uint64_t size) {
  return {Digest::parse(HashKind::sha256, sha256), Digest::parse(HashKind::git_sha1, pointer), size};
}

Manifest parse(const std::string& text) {
  return parse_manifest(text, "m.txt");
}

struct Refusal {
  std::string text;
  std::string named;  // what the message must say
};

void check_refused(const std::vector<Refusal>& all) {
  for (const Refusal& one : all) {
    CAPTURE(one.text.substr(0, 300), one.named);
    const auto thrown = thrown_by([&] { return parse(one.text); });
    CAPTURE(thrown.message);
    CHECK(thrown.cause == Cause::refused);
    CHECK(thrown.message.starts_with("cannot read the manifest 'm.txt': "));
    CHECK(thrown.message.find(one.named) != std::string::npos);
  }
}

const Manifest hub_files = {{path("config.json"), regular(9)}, {path("d/model.bin"), large(5000)}};

}  // namespace

TEST_CASE("a map of paths to digests is a manifest") {
  CHECK(parse("{\"a\": \"" + sha256 + "\", \"./d/b\": \"" + other + "\"}") ==
        Manifest{{path("a"), of_sha256()}, {path("d/b"), of_sha256(other)}});
  CHECK(parse("{\"siblings\": \"" + sha256 + "\", \"format_version\": \"" + other + "\"}") ==
        Manifest{{path("siblings"), of_sha256()}, {path("format_version"), of_sha256(other)}});
}

TEST_CASE("the hub's answers about a repo and its tree are manifests") {
  const std::string info = R"({"_id": "x", "sha": "0", "tags": [{"size": "x"}], "siblings": [
      {"rfilename": "config.json", "size": 9, "blobId": ")" +
                           blob + R"("},
      {"lfs": {"sha256": ")" +
                           sha256 + R"(", "size": 5000, "pointerSize": 129}, "size": 5000, "blobId": ")" +
                           pointer + R"(", "rfilename": "d/model.bin"}], "config": {"siblings": [1]}})";
  CHECK(parse(info) == hub_files);
  const std::string client = R"({"siblings": [{"rfilename": "config.json", "size": 9, "blob_id": ")" + blob +
                             R"(", "lfs": null}, {"rfilename": "d/model.bin", "size": null, "blob_id": ")" +
                             pointer + R"(", "lfs": {"size": 5000, "sha256": ")" + sha256 +
                             R"(", "pointer_size": 129}}]})";
  CHECK(parse(client) == hub_files);
  const std::string tree = R"([{"type": "directory", "oid": ")" + blob + R"(", "size": 0, "path": "d"},
      {"type": "file", "oid": ")" +
                           blob + R"(", "size": 9, "path": "config.json", "lastCommit": {"oid": 1}},
      {"type": "file", "oid": ")" +
                           pointer + R"(", "size": 5000, "path": "d/model.bin", "xetHash": "x",
       "lfs": {"oid": ")" + sha256 +
                           R"(", "size": 5000, "pointerSize": 129}}])";
  CHECK(parse(tree) == hub_files);
}

TEST_CASE("the listing that a cache keeps is a manifest") {
  CHECK(parse(R"({"format_version": 1, "files": {"config.json": {"size": 9, "blob_id": ")" + blob +
              R"("}, "d/model.bin": {"size": 5000, "blob_id": ")" + pointer + R"(", "lfs_sha256": ")" +
              sha256 + R"(", "lfs_size": 5000}}})") == hub_files);
  check_refused({{R"({"format_version": 2, "files": {}})", "format_version is 2"},
                 {R"({"format_version": 1, "files": {}})", "there is no file in it"}});
}

TEST_CASE("lines of sha256sum are a manifest in each of their forms") {
  const Manifest both = {{path("a b"), of_sha256()}, {path("c"), of_sha256(other)}};
  for (const std::string& text :
       {sha256 + "  a b\n" + other + "  c\n", sha256 + " *a b\n" + other + " *./c",
        sha256 + "  a b\r\n" + other + "  c\r\n",
        "\xef\xbb\xbf# made by x\n\n" + sha256 + "  a b\n" + other + "  c\n" + sha256 + "  ././a b\n",
        "SHA256 (a b) = " + sha256 + "\nSHA256 (c) = " + other + "\r\n"}) {
    CAPTURE(text);
    CHECK(parse(text) == both);
  }
  std::string capitals = sha256;
  std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  CHECK(parse(capitals + "  a") == Manifest{{path("a"), of_sha256()}});
  CHECK(parse("\\" + sha256 + "  a\\\\b\\nc\\r\n") == Manifest{{path("a\\b\nc\r"), of_sha256()}});
  CHECK(parse("\\SHA256 (a\\\\b) = " + sha256) == Manifest{{path("a\\b"), of_sha256()}});
  CHECK(parse(sha256 + "  a\\b") == Manifest{{path("a\\b"), of_sha256()}});
  CHECK(parse("SHA256 (x) = (y) = " + sha256) == Manifest{{path("x) = (y"), of_sha256()}});
  CHECK(parse(sha256 + "   MD5 (x) = y") == Manifest{{path(" MD5 (x) = y"), of_sha256()}});
  CHECK(parse(sha256 + "  \xff") == Manifest{{path("\xff"), of_sha256()}});
}

TEST_CASE("lines that are not wholly understood are refused by number") {
  const std::string good = sha256 + "  a\n";
  check_refused({
      {"", "there is nothing in it"},
      {" \n\r\n", "there is nothing in it"},
      {"# x\n", "there is no file in it"},
      {good + "x\n", "line 2: it is no line of sha256sum"},
      {sha256, "line 1: it is no line"},
      {sha256 + " a", "line 1: it is no line"},
      {sha256 + "  ", "line 1: it is no line"},
      {"a  " + sha256, "line 1: the digest is not 64"},
      {std::string(32, 'a') + "  a", "line 1: the digest is an md5, not a sha256"},
      {good + "\n" + std::string(40, 'a') + " *a", "line 3: the digest is a sha1, not"},
      {std::string(128, 'a') + "  a", "a sha512"},
      {"MD5 (a) = " + std::string(32, 'a'), "of the kind 'MD5'"},
      {"SHA512-256 (a) = " + sha256, "of the kind 'SHA512-256'"},
      {"SHA256 (a) = " + std::string(40, 'a'), "a sha1"},
      {"SHA256 (a) " + sha256, "line 1: it is no line"},
      {good + other + "  ./a", "line 2: 'a' is there with two different digests"},
      {sha256 + "  ../x", "line 1: the path '../x' is unsafe"},
      {sha256 + "  /x", "line 1: the path '/x' is unsafe"},
      {sha256 + "  .//x", "is unsafe"},
      {sha256 + "  a//b", "is unsafe"},
      {"\\" + sha256 + "  ..\\\\x\\q", "line 1: an escape in the name is unknown"},
      {"\\" + sha256 + "  a\\", "line 1: an escape in the name is unknown"},
      {std::string(manifest_limit + 1, '#'), "larger than"},
  });
}

TEST_CASE("JSON that is not wholly understood is refused by field") {
  const std::string file = R"({"type": "file", "path": "a", "oid": ")" + blob + "\"";
  check_refused({
      {"{}", "there is no file in it"},
      {"[]", "there is no file in it"},
      {"{", "JSON"},
      {"\xef\xbb\xbf{}", "line 1"},
      {"{\"a\": 1}", "the digest of 'a' is not a text"},
      {"{\"a\": {\"b\": \"" + sha256 + "\"}}", "the digest of 'a' is not a text"},
      {"{\"a\": \"" + blob + "\"}", "the digest of 'a' is a sha1, not a sha256"},
      {"{\"a\": \"" + std::string(32, '0') + "\"}", "an md5"},
      {"{\"a\": \"x\"}", "the digest of 'a' is not 64"},
      {"{\"../a\": \"" + sha256 + "\"}", "'../a' is unsafe"},
      {"{\"a\": \"" + sha256 + "\", \"a\": \"" + sha256 + "\"}", "the key 'a' is there twice"},
      {"{\"a\": \"" + sha256 + "\", \"./a\": \"" + other + "\"}", "'a' is there with two different digests"},
      {R"({"siblings": [{"rfilename": "a"}]})", "neither digests nor sizes"},
      {R"({"siblings": [1]})", "file 1 is not an object"},
      {R"({"siblings": [{"rfilename": 1}]})", "rfilename of file 1 is not a text"},
      {R"({"siblings": [{"size": 1}]})", "file 1 has no path"},
      {"[1]", "file 1 is not an object"},
      {"[" + file + "}, []]", "file 2 is not an object"},
      {"[" + file + R"(, "size": -1}])", "size of 'a' is not an unsigned integer"},
      {"[" + file + R"(, "size": 1.5}])", "size of 'a'"},
      {"[" + file + R"(, "size": 9223372036854775808}])", "size of 'a'"},
      {"[" + file + R"(, "lfs": []}])", "lfs of 'a' is not an object"},
      {"[" + file + R"(, "lfs": {"oid": ")" + blob + "\"}}]", "lfs.oid of 'a' is a sha1"},
      {"[" + file + R"(, "lfs": {"oid": 1}}])", "lfs.oid of 'a' is not 64"},
      {"[" + file + R"(, "lfs": {"size": "1"}}])", "lfs.size of 'a'"},
      {"[" + file + R"(, "lfs": {"oid": ")" + sha256 + R"(", "sha256": ")" + other + "\"}}]",
       "lfs.sha256 of 'a'"},
      {R"([{"type": "file", "path": "a", "oid": ")" + sha256 + "\"}]", "oid of 'a' is not 40"},
      {R"([{"type": "link", "path": "a"}])", "type of file 1 is neither"},
      {"[" + file + "}, {\"path\": \"a\", \"oid\": \"" + pointer + "\"}]",
       "'a' is there with two different digests"},
      {"[" + file + ", \"size\": 1}, " + file + ", \"size\": 2}]", "'a' is there with two different sizes"},
      {std::string(40, '['), "32 levels"},
  });
}

TEST_CASE("names in a refusal cannot steer a terminal") {
  const auto thrown = thrown_by([] { return parse(sha256 + "  ../\x1b[0m"); });
  CHECK(thrown.message.find('\x1b') == std::string::npos);
}

TEST_CASE("lines are written as sha256sum writes them, in order of bytes") {
  const Manifest files = {{path("b"), of_sha256()}, {path("a\n\\\r"), of_sha256(other)},
                          {path("-"), of_sha256()}, {path(" x"), of_sha256()},
                          {path("c"), regular(1)},  {path("\xff"), of_sha256()}};
  const std::string text = sha256 + "   x\n" + sha256 + "  ./-\n\\" + other + "  a\\n\\\\\\r\n" + sha256 +
                           "  b\n" + sha256 + "  \xff\n";
  CHECK(write_sha256sums(files) == text);
  Manifest back = files;
  back.erase(path("c"));
  CHECK(parse(text) == back);
}
