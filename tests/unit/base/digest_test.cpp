// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/digest.hpp"

#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

using namespace modelcache;
using test::thrown_by;

namespace {

const std::string sha1_hex = "0123456789abcdef0123456789abcdef01234567";
const std::string sha256_hex = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

struct Known {
  std::string bytes;
  std::string git_sha1;
  std::string sha256;
};

// Answers of `git hash-object` and `sha256sum`.
const std::vector<Known> known = {
    {"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"hi\n", "45b983be36b73c0788dc9cbcb76cbb80fc7bb057",
     "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4"},
    {"{}", "9e26dfeeb6e641a33dae4961196235bdb965b21b",
     "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
    {std::string("a\0b", 3), "20b5be91886d0b6f26dc98a225c0dac05fe2c86e",
     "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138"},
    {std::string(5000, 'W'), "6ad3e04b1f12cb1dfc91dc3e38b0f70e2742e46e",
     "de536dafcba6e8e240f8c7ec0d368a53f15aedc9c3072076ae6c405e29d4bf8e"},
    {std::string(1'000'000, 'a'), "de1fbf0c2f34f67f01f355f31ed0cf7319643c5e",
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  unsigned state = 1;
  for (char& c : bytes) c = static_cast<char>((state = state * 1103515245U + 12345U) >> 16);
  return bytes;
}

Digest hash_in_pieces(HashKind kind, std::string_view bytes, std::size_t piece) {
  Hasher hasher(kind, bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += piece) hasher.update(bytes.substr(at, piece));
  return hasher.finish();
}

}  // namespace

TEST_CASE("contents hash to what git and sha256sum say") {
  for (const Known& one : known) {
    CAPTURE(one.bytes.size());
    CHECK(hash_bytes(HashKind::git_sha1, one.bytes).hex() == one.git_sha1);
    CHECK(hash_bytes(HashKind::sha256, one.bytes).hex() == one.sha256);
  }
}

TEST_CASE("objects of git hash by their type, as `git hash-object -t` says") {
  const std::string commit =
      "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
      "author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nfirst\n";
  CHECK(hash_git_object("tree", "").hex() == "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  CHECK(hash_git_object("commit", commit).hex() == "32a7a4388168917cf3333e3b9741cd006814ae07");
  CHECK(hash_git_object("blob", "abc") == hash_bytes(HashKind::git_sha1, "abc"));
}

TEST_CASE("plain SHA-1 is that of the bytes alone") {
  Hasher hasher = Hasher::plain_sha1();
  hasher.update("ab");
  hasher.update("c");
  CHECK(hasher.finish().hex() == "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST_CASE("how a content is cut into pieces does not change its hash") {
  const std::string bytes = pattern(300'001);
  const HashKind kind = GENERATE(HashKind::git_sha1, HashKind::sha256);
  const Digest whole = hash_bytes(kind, bytes);
  for (const std::size_t piece : {1u, 7u, 63u, 64u, 65u, 4096u, 65536u, 300'000u, 300'001u, 1'000'000u})
    CHECK(hash_in_pieces(kind, bytes, piece) == whole);
  Hasher hasher(kind, bytes.size());
  hasher.update("");
  hasher.update(bytes);
  hasher.update("");
  CHECK(hasher.finish() == whole);
}

TEST_CASE("each bit of a content counts, and so does the stated size for git") {
  const std::string bytes = pattern(1000);
  for (const HashKind kind : {HashKind::git_sha1, HashKind::sha256}) {
    std::set<std::string> seen{hash_bytes(kind, bytes).hex()};
    for (const std::size_t at : {0u, 1u, 499u, 999u}) {
      std::string other = bytes;
      other[at] = static_cast<char>(other[at] ^ 1);
      seen.insert(hash_bytes(kind, other).hex());
    }
    seen.insert(hash_bytes(kind, bytes.substr(1)).hex());
    CHECK(seen.size() == 6);
  }
  const auto stated = [&](HashKind kind, std::uint64_t size) {
    Hasher hasher(kind, size);
    hasher.update(bytes);
    return hasher.finish();
  };
  CHECK(stated(HashKind::git_sha1, 1000) != stated(HashKind::git_sha1, 1001));
  CHECK(stated(HashKind::sha256, 1000) == stated(HashKind::sha256, 1001));
}

TEST_CASE("a hasher that is moved goes on where it was") {
  Hasher first(HashKind::sha256, 6);
  first.update("abc");
  Hasher second(std::move(first));
  second.update("def");
  Hasher third(HashKind::git_sha1, 0);
  third = std::move(second);
  CHECK(third.finish() == hash_bytes(HashKind::sha256, "abcdef"));
}

TEST_CASE("a digest prints what was read") {
  const auto sha1 = Digest::parse(HashKind::git_sha1, sha1_hex);
  const auto sha256 = Digest::parse(HashKind::sha256, sha256_hex);
  REQUIRE(sha1);
  REQUIRE(sha256);
  CHECK(sha1->kind() == HashKind::git_sha1);
  CHECK(sha256->kind() == HashKind::sha256);
  CHECK(sha1->hex() == sha1_hex);
  CHECK(sha256->hex() == sha256_hex);
  CHECK(sha1->text() == "git-sha1:" + sha1_hex);
  CHECK(sha256->text() == "sha256:" + sha256_hex);
  CHECK(sha1->bytes().size() == 20);
  CHECK(sha256->bytes().size() == 32);
  CHECK(sha256->bytes()[0] == 0xfe);
  CHECK(Digest::from_bytes(HashKind::git_sha1, sha1->bytes()) == *sha1);
  CHECK(Digest::from_bytes(HashKind::sha256, sha256->bytes()) == *sha256);
}

TEST_CASE("only lower-case hexadecimal of the right length is a digest") {
  std::vector<std::string> bad = {"",
                                  "0",
                                  sha1_hex.substr(1),
                                  sha1_hex + "0",
                                  " " + sha1_hex.substr(1),
                                  sha1_hex.substr(1) + " ",
                                  sha1_hex.substr(1) + "\n",
                                  sha1_hex + "\n",
                                  "0x" + sha1_hex.substr(2),
                                  "-" + sha1_hex.substr(1),
                                  sha256_hex};
  for (const char c : {'A', 'F', 'g', '/', ':', '`', '@', '\0', '\x7f', '\xff'})
    for (const std::size_t at : {0u, 19u, 39u}) {
      bad.push_back(sha1_hex);
      bad.back()[at] = c;
    }
  for (const std::string& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(Digest::parse(HashKind::git_sha1, text));
  }
  CHECK_FALSE(Digest::parse(HashKind::sha256, sha1_hex));
  CHECK_FALSE(Digest::parse(HashKind::sha256, sha256_hex + "0"));
}

TEST_CASE("a blob's name says how to prove it: 40 digits by git, 64 by sha256, others not at all") {
  CHECK(Digest::from_blob_name(sha1_hex) == Digest::parse(HashKind::git_sha1, sha1_hex));
  CHECK(Digest::from_blob_name(sha256_hex) == Digest::parse(HashKind::sha256, sha256_hex));
  std::string upper = sha256_hex;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  // An md5, a multipart etag, a weak one, a temporary, and lengths between.
  for (const std::string& name :
       {std::string(), std::string("d41d8cd98f00b204e9800998ecf8427e"), std::string("d41d8cd9-2"),
        "W/\"" + sha1_hex + "\"", sha1_hex + ".1234abcd.incomplete", sha256_hex.substr(0, 63),
        sha256_hex + "0", sha256_hex.substr(0, 41), std::string(40, 'x'), std::string(64, 'G'), upper}) {
    CAPTURE(name);
    CHECK_FALSE(Digest::from_blob_name(name));
  }
}

TEST_CASE("bytes of another length are no digest") {
  const std::array<unsigned char, 32> bytes{};
  const auto make = [&](HashKind kind, std::size_t size) {
    return thrown_by([&] { return Digest::from_bytes(kind, std::span(bytes).first(size)); });
  };
  CHECK_FALSE(make(HashKind::git_sha1, 20).cause);
  CHECK_FALSE(make(HashKind::sha256, 32).cause);
  CHECK(make(HashKind::git_sha1, 32).cause == Cause::internal);
  CHECK(make(HashKind::sha256, 20).cause == Cause::internal);
  CHECK(make(HashKind::sha256, 0).cause == Cause::internal);
}

TEST_CASE("digests are ordered as their hexadecimal, kinds apart, and equal only within a kind") {
  const auto sha256 = [](char first, char last) {
    return *Digest::parse(HashKind::sha256, first + std::string(62, '7') + last);
  };
  std::vector<Digest> digests = {sha256('f', '0'), sha256('0', '1'), sha256('8', '0'), sha256('0', '0')};
  std::sort(digests.begin(), digests.end());
  for (std::size_t i = 1; i < digests.size(); ++i) CHECK(digests[i - 1].hex() < digests[i].hex());

  // Zero bytes behind the twenty of a sha1 must not make it a sha256.
  const auto sha1 = *Digest::parse(HashKind::git_sha1, sha1_hex);
  const auto longer = *Digest::parse(HashKind::sha256, sha1_hex + std::string(24, '0'));
  CHECK(sha1 != longer);
  CHECK((sha1 < longer) != (longer < sha1));
}

TEST_CASE("equal digests share a hash bucket and a thousand others do not") {
  std::unordered_set<Digest> set;
  for (int i = 0; i < 1000; ++i) set.insert(hash_bytes(HashKind::sha256, std::to_string(i)));
  for (int i = 0; i < 1000; ++i) set.insert(hash_bytes(HashKind::sha256, std::to_string(i)));
  CHECK(set.size() == 1000);
  std::set<std::size_t> hashes;
  for (const Digest& digest : set) hashes.insert(std::hash<Digest>()(digest));
  CHECK(hashes.size() == 1000);
}
