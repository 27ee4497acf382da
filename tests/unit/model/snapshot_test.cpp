// SPDX-License-Identifier: Apache-2.0
#include "modelcache/model/snapshot.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace modelcache;

namespace {

Entry entry(std::string_view path, std::uint64_t size = 0) {
  return {*RelPath::parse(path), size, {}, {}, {}};
}

Snapshot snapshot_of(const std::vector<std::string>& paths) {
  Snapshot snapshot{RepoId::parse(RepoType::model, "org/demo"), std::string(40, '1'), {}, {}, true, {}};
  for (const std::string& path : paths) snapshot.entries.push_back(entry(path, path.size()));
  std::sort(snapshot.entries.begin(), snapshot.entries.end(),
            [](const Entry& one, const Entry& other) { return one.path < other.path; });
  return snapshot;
}

}  // namespace

TEST_CASE("every entry is found by the bytes of its path") {
  const std::vector<std::string> paths = {"a", "a-b",   "a.txt", "a/b",        "a/b0", "a0",
                                          "B", "z/z/z", "\xff",  "größe/说明", "a\nb", " "};
  const Snapshot snapshot = snapshot_of(paths);
  for (const std::string& path : paths) {
    CAPTURE(path);
    const Entry* found = snapshot.find(path);
    REQUIRE(found != nullptr);
    CHECK(found->path.bytes() == path);
    CHECK(found->size == path.size());
  }
}

TEST_CASE("what is no entry is not found, a directory neither") {
  const Snapshot snapshot = snapshot_of({"a/b", "c", "d/e/f"});
  for (const char* path : {"", "a", "a/", "a/b/", "a/b/c", "b", "C", "c ", "d/e", "e", "/c", "./c", "zzz"}) {
    CAPTURE(path);
    CHECK(snapshot.find(path) == nullptr);
  }
  CHECK(snapshot.find(std::string_view("c\0", 2)) == nullptr);
  CHECK(snapshot_of({}).find("a") == nullptr);
}

TEST_CASE("entries are equal only when all that is known of them is") {
  Entry one = entry("model.bin", 5);
  one.content = hash_bytes(HashKind::sha256, "12345");
  one.git_oid = hash_bytes(HashKind::git_sha1, "pointer");
  CHECK(one == Entry(one));
  const auto differs = [&](auto change) {
    Entry other = one;
    change(other);
    return !(other == one);
  };
  CHECK(differs([](Entry& other) { other.path = *RelPath::parse("model.bim"); }));
  CHECK(differs([](Entry& other) { other.size = 6; }));
  CHECK(differs([](Entry& other) { other.content.reset(); }));
  CHECK(differs([](Entry& other) { other.git_oid = hash_bytes(HashKind::git_sha1, ""); }));
  CHECK(differs([](Entry& other) { other.xet_hash = std::string(64, '0'); }));
  CHECK(differs([](Entry& other) { other.mode = FileMode::executable; }));
}

TEST_CASE("a commit is 40 lower-case hexadecimal digits and nothing else") {
  const std::string commit = "0123456789abcdef0123456789abcdef01234567";
  CHECK(is_commit_id(commit));
  CHECK(is_commit_id(std::string(40, '0')));
  std::string upper = commit;
  upper[10] = 'A';
  for (const std::string& text : {std::string(), commit.substr(1), commit + "0", commit + "\n", " " + commit,
                                  upper, std::string(40, 'g'), std::string(64, '0'), std::string("main"),
                                  commit.substr(0, 39) + std::string(1, '\0')}) {
    CAPTURE(text);
    CHECK_FALSE(is_commit_id(text));
  }
}
