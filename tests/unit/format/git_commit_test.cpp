// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_commit.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;

namespace {

const std::string tree_hex = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const std::string other_hex = "45b983be36b73c0788dc9cbcb76cbb80fc7bb057";
const std::string people = "author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\ntext\n";

Digest tree() {
  return *Digest::parse(HashKind::git_sha1, tree_hex);
}

}  // namespace

TEST_CASE("a commit tells its tree and whether it has parents") {
  const std::string head = "tree " + tree_hex + "\n";
  const std::string parent = "parent " + other_hex + "\n";
  CHECK(parse_git_commit(head + people) == GitCommit{tree(), false});
  CHECK(parse_git_commit(head + parent + people) == GitCommit{tree(), true});
  CHECK(parse_git_commit(head + parent + parent + people) == GitCommit{tree(), true});
}

TEST_CASE("what git would not read as a commit is none") {
  const std::vector<std::string> objects{
      "",
      "tree " + tree_hex,
      "tree " + tree_hex + "\n",
      "tree " + tree_hex.substr(1) + "\n" + people,
      "tree " + tree_hex + " \n" + people,
      "tree 4B825DC642CB6EB9A060E54BF8D69288FBEE4904\n" + people,
      "parent " + other_hex + "\ntree " + tree_hex + "\n" + people,
      "tree " + tree_hex + "\nparent " + other_hex.substr(1) + "\n" + people,
      "tree " + tree_hex + "\nparent " + other_hex + people,
      " tree " + tree_hex + "\n" + people,
      "object " + other_hex + "\ntype commit\ntag v1\ntagger A <a@b> 1 +0000\n\ntext\n",
  };
  for (const std::string& object : objects) {
    CAPTURE(object);
    CHECK_FALSE(parse_git_commit(object));
  }
}

TEST_CASE("a root commit is the same each time, and git reads it") {
  const std::string object = write_root_commit(tree(), "model/org/name\n\nMade here.");
  CHECK(object ==
        "tree " + tree_hex +
            "\nauthor modelcache <modelcache@localhost> 0 +0000\n"
            "committer modelcache <modelcache@localhost> 0 +0000\n\nmodel/org/name\n\nMade here.\n");
  CHECK(parse_git_commit(object) == GitCommit{tree(), false});
  CHECK(write_root_commit(tree(), "model/org/name\n\nMade here.\n") == object);
}

TEST_CASE("a commit tells when it was committed") {
  const std::string head = "tree " + std::string(40, 'a') + "\nauthor A > B <a@b> 5 +0000\n";
  CHECK(commit_time(head + "committer C <c@d> 1700000000 +0100\n\ncommitter X <x> 1 +0000\n") == 1700000000);
  CHECK(commit_time(head + "committer C <c@d> -5 -0100\n\nm") == -5);
  for (const char* tail :
       {"", "committer C <c@d> \n\n", "committer C <c@d> 12\n\n", "committer C <c@d> x +0000\n\n",
        "\ncommitter C <c@d> 12 +0000\n", "committer C <c@d> 99999999999999999999 +0000\n\n"}) {
    INFO(tail);
    CHECK_FALSE(commit_time(head + tail));
  }
}
