// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/lfs_pointer.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;

namespace {

const std::string digits(64, 'a');
const std::string version = "version https://git-lfs.github.com/spec/v1\n";
const std::string oid = "oid sha256:" + digits + "\n";
const std::string size = "size 12345\n";
const std::string extension = "ext-0-foo sha256:" + std::string(64, 'b') + "\n";
const std::string second_extension = "ext-1-bar sha256:" + std::string(64, 'c') + "\n";

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string padded(std::size_t length) {
  std::string text = version + oid + size;
  text.append(length - text.size(), '\n');
  return text;
}

struct Case {
  std::string blob;
  const char* name;
};

Digest sha256(const std::string& hex) {
  return *Digest::parse(HashKind::sha256, hex);
}

}  // namespace

TEST_CASE("what git-lfs writes itself is a canonical pointer") {
  const std::vector<Case> cases = {
      {version + oid + size, "plain"},
      {version + extension + oid + size, "one extension"},
      {version + extension + second_extension + oid + size, "extensions by priority"},
      {version + replace_all(extension, "foo", "foo-bar") + oid + size, "hyphen in the extension's name"},
      {version + replace_all(extension, "ext-0", "ext-3") + oid + size, "a priority other than 0"},
      {version + "oid sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nsize 5\n",
       "oid of nothing with a size"},
      {version + oid + "size 9223372036854775807\n", "largest size"},
      {version + oid + "size 1\n", "smallest size"},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    const auto pointer = parse_lfs_pointer(c.blob);
    REQUIRE(pointer);
    CHECK(pointer->canonical);
    CHECK(pointer->has_extensions == (c.blob.find("ext-") != std::string::npos));
    if (!pointer->has_extensions) CHECK(canonical_pointer(pointer->oid, pointer->size) == c.blob);
  }
}

TEST_CASE("what git-lfs tolerates is a pointer but not canonical") {
  const std::string plain = version + oid + size;
  const std::vector<Case> cases = {
      {plain.substr(0, plain.size() - 1), "no final LF"},
      {plain + "\n", "two final LFs"},
      {"\n" + plain, "leading LF"},
      {"  \t" + plain, "leading spaces"},
      {version + "\n" + oid + "\n\n" + size, "blank lines between keys"},
      {version + "\r\n" + oid + size, "a blank line with CR"},
      {replace_all(plain, "\n", "\r\n"), "CRLF everywhere"},
      {version + oid + "size 12345\r\n", "CRLF on the last line"},
      {version + oid + "size 12345\r", "only CR on the last line"},
      {padded(1023), "padding up to 1023 bytes"},
      {version + oid + "size +5\n", "plus sign"},
      {version + oid + "size 007\n", "leading zeros"},
      {version + oid + "size -0\n", "minus zero"},
      {version + oid + "size 5 \n", "space after the size"},
      {version + oid + size + "  \n \n", "blank lines with spaces at the end"},
      {version + oid + "size 0\n", "size 0: canonical is the empty blob"},
      {version + extension + oid + "size 0\n", "size 0 with an extension"},
      {replace_all(plain, "git-lfs.github.com", "hawser.github.com"), "hawser url"},
      {"version http://git-media.io/v/2\n" + oid + size, "git-media url"},
      {version + second_extension + extension + oid + size, "extensions swapped"},
      {version + oid + extension + size, "extension between oid and size"},
      {extension + version + oid + size, "extension before version"},
      {version + extension + extension + oid + size, "the same extension twice"},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    const auto pointer = parse_lfs_pointer(c.blob);
    REQUIRE(pointer);
    CHECK_FALSE(pointer->canonical);
    CHECK(pointer->oid.hex() == digits);
    CHECK(pointer->has_extensions == (c.blob.find("ext-") != std::string::npos));
  }
}

TEST_CASE("anything else is not a pointer") {
  const std::string plain = version + oid + size;
  const std::vector<Case> cases = {
      {"", "0 bytes: to a cache the ordinary empty file"},
      {"\n\n", "only LFs"},
      {"   ", "only spaces"},
      {plain + extension, "extension after size"},
      {version + replace_all(extension, "ext-0", "ext-10") + oid + size, "two-digit priority"},
      {version + extension + replace_all(second_extension, "ext-1", "ext-0") + oid + size,
       "duplicate priority"},
      {version + "ext-0- sha256:" + digits + "\n" + oid + size, "extension without a name"},
      {version + "ext-0-foo md5:" + digits + "\n" + oid + size, "extension with another hash"},
      {version + "ext-0-foo\n" + oid + size, "extension without a value"},
      {version + "ext-0-foo sha256:" + digits + "b\n" + oid + size, "extension with a longer hash"},
      {version + size + oid, "size before oid"},
      {version + size, "no oid"},
      {version + oid, "no size"},
      {oid + size, "no version"},
      {version + oid + oid + size, "oid twice"},
      {plain + "x-foo 1\n", "unknown fourth key"},
      {version + oid + "xethash " + digits + "\n" + size, "unknown key in between"},
      {"# git-lfs\n" + plain, "comment first"},
      {"\xef\xbb\xbf" + plain, "byte order mark"},
      {plain + std::string(1, '\0'), "NUL at the end"},
      {version + replace_all(oid, "a", "A") + size, "upper-case hexadecimal"},
      {version + "oid sha512:" + digits + digits + "\n" + size, "sha512"},
      {version + "oid " + digits + "\n" + size, "no sha256:"},
      {version + "oid sha256:" + digits.substr(1) + "\n" + size, "63 digits"},
      {version + "oid sha256:" + digits + "a\n" + size, "65 digits"},
      {version + "oid sha256:" + digits + " \n" + size, "space after oid"},
      {replace_all(plain, "https", "http"), "http spelling"},
      {replace_all(plain, "spec/v1", "spec/v2"), "another version"},
      {replace_all(plain, "spec/v1\n", "spec/v1 \n"), "space after the url"},
      {version + oid + "size 9223372036854775808\n", "size 2^63"},
      {version + oid + "size -1\n", "size -1"},
      {version + oid + "size +-1\n", "two signs"},
      {version + oid + "size +\n", "only a sign"},
      {version + oid + "size \n", "no digits"},
      {version + oid + "size\n", "no separator"},
      {version + oid + "size 0x10\n", "hexadecimal size"},
      {version + oid + "size 1_000\n", "underscore"},
      {version + oid + "size \xd9\xa1\xd9\xa2\n", "Arabic digits"},
      {replace_all(plain, "size ", "size\t"), "tab as separator"},
      {replace_all(plain, "size ", "size  "), "two spaces as separator"},
      {version + " \n" + oid + size, "a line with one space"},
      {replace_all(plain, "\n", "\r\r\n"), "two CRs"},
      {replace_all(plain, "\n", "\r"), "CR alone as line end"},
      {padded(1024), "padding up to 1024 bytes"},
      {plain + std::string(1u << 20, 'x'), "a large file that begins like one"},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    CHECK_FALSE(parse_lfs_pointer(c.blob));
  }
}

TEST_CASE("canonical pointers have the lengths that the hub reports and the ids that its trees have") {
  const Digest worked = sha256("de536dafcba6e8e240f8c7ec0d368a53f15aedc9c3072076ae6c405e29d4bf8e");
  CHECK(canonical_pointer(worked, 5000).size() == 129);
  CHECK(pointer_git_oid(worked, 5000).hex() == "656d9e975e84d5127a4563c5f500e6362c8338fb");
  CHECK(canonical_pointer(worked, 1).size() == 126);
  CHECK(canonical_pointer(worked, 123456789).size() == 134);
  CHECK(canonical_pointer(worked, 1117320736).size() == 135);
  CHECK(canonical_pointer(worked, 9223372036854775807).size() == 144);
}

TEST_CASE("canonical pointers of published models have the git ids that their hub shows") {
  struct Published {
    const char* sha256_hex;
    std::uint64_t size;
    const char* git_oid;  // as far as it is shown
  };
  const std::vector<Published> all = {
      {"d88b0d6a6ff9c3f8151f9d3228f57092aaea997f09af009eefd7373a77b5abb9", 497764107,
       "8095a62ccb4d806da7666fcda07467e2d150218e"},
      {"9be78edb5b928eba33aa88f431551348f7466ba9f5ef3daf1d552398722a5436", 548123560,
       "64eaa9c526867e404b68f2c5d66fd78e27026523"},
      {"68d45e234eb4a928074dfd868cead0219ab85354cc53d20e772753c6bb9169d3", 440449768, "a090ee7"},
      {"0bb7a1683251b832d6f4644e523b325adcf485b7193379f5515e6083b5ed174b", 440449768, "e79c80e"},
      {"fdf756fa7fcbe7404d5c60e26bff1a0c8b8aa1f72ced49e7dd0210fe288fb7fe", 988097824,
       "d7db405a3f0d9bf1ba5bdd4e4211db8022ebe4eb"},
      {"6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e", 1117320736,
       "eca68f83004d8b86fa1742ee507ddee8f4b2abce"},
  };
  for (const Published& one : all) {
    CAPTURE(one.sha256_hex);
    const std::string shown = one.git_oid;
    CHECK(pointer_git_oid(sha256(one.sha256_hex), one.size).hex().substr(0, shown.size()) == shown);
  }
}

TEST_CASE("a pointer to nothing is the empty blob") {
  const Digest empty = hash_bytes(HashKind::sha256, "");
  CHECK(canonical_pointer(empty, 0).empty());
  CHECK(pointer_git_oid(empty, 0).hex() == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}
