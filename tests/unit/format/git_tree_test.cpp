// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_tree.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace modelcache;
using test::thrown_by;

namespace {

const std::string blob = "45b983be36b73c0788dc9cbcb76cbb80fc7bb057";

GitTreeFile file(const std::string& path, FileMode mode = FileMode::regular) {
  return {*RelPath::parse(path), mode, *Digest::parse(HashKind::git_sha1, blob)};
}

}  // namespace

TEST_CASE("a tree has the id that git write-tree gives it, in whatever order its files come") {
  CHECK(git_tree_id({}).hex() == "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  CHECK(git_tree_id({file("a")}).hex() == "c49897f29f9819a0ab6850d7e22443508a1a29d5");
  CHECK(git_tree_id({file("d/e/f/g")}).hex() == "2ce61d6f833c5fcde8bf252cad5a9a45da63580f");
  std::vector<GitTreeFile> files = {file("a-b"), file("a.b"), file("a/c", FileMode::executable), file("a0"),
                                    file("link", FileMode::link)};
  CHECK(git_tree_id(files).hex() == "78e850d50bc28bdaadf5a23ea1c8a4ec4ffdaee1");
  std::reverse(files.begin(), files.end());
  CHECK(git_tree_id(files).hex() == "78e850d50bc28bdaadf5a23ea1c8a4ec4ffdaee1");
  files.back().mode = FileMode::executable;
  CHECK(git_tree_id(files).hex() != "78e850d50bc28bdaadf5a23ea1c8a4ec4ffdaee1");
}

TEST_CASE("what git cannot have in one tree is refused by name") {
  struct Clash {
    std::vector<GitTreeFile> files;
    const char* named;
  };
  const std::vector<Clash> clashes = {
      {{file("a"), file("b"), file("a")}, "'a': the path comes twice"},
      {{file("d/a"), file("d/a")}, "'d/a': the path comes twice"},
      {{file("a"), file("a-b"), file("a/c")}, "'a': the path is a file and a directory"},
      {{file("a/c/d"), file("a/c"), file("a/b")}, "'a/c': the path is a file and a directory"},
      {{file("a/b/c/d"), file("a")}, "'a': the path is a file and a directory"},
  };
  for (const Clash& clash : clashes) {
    const auto thrown = thrown_by([&] { return git_tree_id(clash.files); });
    CAPTURE(thrown.message, clash.named);
    CHECK(thrown.cause == Cause::refused);
    CHECK(thrown.message.find(clash.named) != std::string::npos);
  }
  const auto sha256 = hash_bytes(HashKind::sha256, "");
  const auto wrong_kind = [&] { return git_tree_id({{*RelPath::parse("a"), FileMode::regular, sha256}}); };
  CHECK(thrown_by(wrong_kind).cause == Cause::internal);
}

TEST_CASE("the deepest path and a hundred thousand files are no burden") {
  std::string deep;
  for (int i = 0; i < 2047; ++i) deep += "d/";
  CHECK(git_tree_id({file(deep + "f")}) != git_tree_id({}));
  std::vector<GitTreeFile> many;
  many.reserve(100'000);
  for (int i = 0; i < 100'000; ++i)
    many.push_back(
        file(std::to_string(i % 100) + "/" + std::to_string(i / 100 % 10) + "/" + std::to_string(i)));
  const Digest id = git_tree_id(many);
  std::reverse(many.begin(), many.end());
  CHECK(git_tree_id(many) == id);
}

TEST_CASE("every tree is told, as git stores it, before the one that holds it") {
  std::vector<std::string> told;
  const Digest root =
      git_tree_id({file("a"), file("d/e/f"), file("z/f")}, [&](const Digest& id, auto object) {
        CHECK(hash_git_object("tree", object) == id);
        told.push_back(id.hex());
      });
  REQUIRE(told.size() == 4);
  CHECK(told[0] == git_tree_id({file("f")}).hex());
  CHECK(told[1] == git_tree_id({file("e/f")}).hex());
  CHECK(told[2] == told[0]);
  CHECK(told[3] == root.hex());
}
