// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <cstdlib>
#include <map>

#include "lfs_clone_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

using Strings = std::vector<std::string>;

Strings names_of(LfsClone& clone) {
  Strings names;
  for (const NamedCommit& name : clone.names(demo)) names.push_back(name.name);
  return names;
}

bool is_noted_local(const Selected& selected) {
  return std::any_of(selected.notes.begin(), selected.notes.end(), [](const Finding& finding) {
    return finding.code == FindingCode::revision_local && finding.severity == Severity::note;
  });
}

}  // namespace

TEST_CASE("the names of a clone are origin's branches, tags and pull requests") {
  const CloneLab lab;
  const auto how = GENERATE(as<std::string>(), "true", "git pack-refs --all");
  lab.sh("cd clone; git branch local; " + how);
  LfsClone clone(lab.path("clone"), {});
  CHECK(names_of(clone) == Strings{"dev", "main", "refs/pr/1", "v1"});
  CHECK(clone.default_branch(demo) == "main");
  // An annotated tag leads to its commit.
  CHECK(clone.names(demo)[3].commit == lab.sh("git -C clone rev-parse main"));
}

TEST_CASE("a branch wins over a tag of the same name, and unsafe names are left out") {
  const CloneLab lab;
  lab.sh(
      "cd clone; git tag dev main; git update-ref refs/remotes/origin/a.tmp main; "
      "git update-ref refs/remotes/other/main main; git update-ref refs/notes/x main");
  LfsClone clone(lab.path("clone"), {});
  CHECK(names_of(clone) == Strings{"dev", "main", "refs/pr/1", "v1"});
  CHECK(clone.names(demo)[0].commit == lab.sh("git -C clone rev-parse origin/dev"));
}

TEST_CASE("names that are left out are told, each with its reason") {
  const CloneLab lab;
  lab.sh(
      "cd clone; git update-ref refs/remotes/origin/a.tmp main; git tag file main:README.md; "
      "echo 1111111111111111111111111111111111111111 >.git/refs/remotes/origin/lost; "
      "git update-ref refs/remotes/origin/rubbish main; git pack-refs --all; "
      "echo rubbish >.git/refs/remotes/origin/rubbish; git branch mine.tmp main");
  LfsClone clone(lab.path("clone"), {});
  CHECK(names_of(clone) == Strings{"dev", "main", "refs/pr/1", "v1"});
  std::map<std::string, Finding> told;
  for (const Finding& finding : clone.left_out(demo)) told.emplace(finding.path, finding);
  REQUIRE(told.size() == 4);
  CHECK(told.at("refs/remotes/origin/a.tmp").code == FindingCode::name_unsafe);
  CHECK(told.at("refs/remotes/origin/lost").code == FindingCode::ref_dangling);
  CHECK(told.at("refs/remotes/origin/lost").severity == Severity::error);
  CHECK(told.at("refs/remotes/origin/rubbish").code == FindingCode::ref_malformed);
  CHECK(told.at("refs/tags/file").severity == Severity::note);
  // The branch that was asked for does not suffer from them.
  CHECK(clone.select(demo, "").refs == Strings{"main"});
}

TEST_CASE("a branch that is named like a commit or a pull request does not stand for it") {
  const CloneLab lab;
  const std::string main = lab.sh("git -C clone rev-parse main");
  const std::string pr = lab.sh("git -C clone rev-parse refs/pr/1");
  lab.sh("cd clone; git update-ref refs/remotes/origin/" + main +
         " origin/dev; git update-ref refs/remotes/origin/refs/pr/1 origin/dev");
  LfsClone clone(lab.path("clone"), {});
  CHECK(clone.select(demo, main).commit == main);
  CHECK(names_of(clone) == Strings{"dev", "main", "refs/pr/1", "v1"});
  CHECK(clone.names(demo)[2].commit == pr);
}

TEST_CASE("a revision that has no name of its own gets the names at its commit") {
  const CloneLab lab;
  LfsClone clone(lab.path("clone"), {});
  CHECK(clone.select(demo, "origin/HEAD").refs == Strings{"main", "v1"});
}

TEST_CASE("a HEAD without a commit beside branches that have one says what to do") {
  const CloneLab lab;
  lab.sh("git -C clone symbolic-ref HEAD refs/heads/nothing");
  LfsClone clone(lab.path("clone"), {});
  const Thrown thrown = thrown_by([&] { return clone.select(demo, ""); });
  CHECK(thrown.cause == Cause::not_found);
  CHECK(has(thrown.message, "--revision"));
}

TEST_CASE("a typed revision is a branch, a tag, a pull request, a full ref, a commit or a prefix of one") {
  const CloneLab lab;
  LfsClone clone(lab.path("clone"), {});
  const std::string main = lab.sh("git -C clone rev-parse main");
  const std::string dev = lab.sh("git -C clone rev-parse origin/dev");
  const std::string pr = lab.sh("git -C clone rev-parse refs/pr/1");
  const auto select = [&](std::string_view revision) { return clone.select(demo, revision); };
  CHECK(select("").commit == main);
  CHECK(select("").refs == Strings{"main"});
  CHECK(select("HEAD").refs == Strings{"main"});
  CHECK(select("main").refs == Strings{"main"});
  CHECK(select("dev").commit == dev);
  CHECK(select("dev").refs == Strings{"dev"});
  CHECK(select("origin/dev").refs == Strings{"dev"});
  CHECK(select("refs/remotes/origin/dev").refs == Strings{"dev"});
  CHECK(select("refs/heads/main").refs == Strings{"main"});
  CHECK(select("v1").commit == main);
  CHECK(select("v1").refs == Strings{"v1"});
  CHECK(select("refs/pr/1").commit == pr);
  CHECK(select("refs/pr/1").refs == Strings{"refs/pr/1"});
  CHECK(select(dev).refs == Strings{"dev"});
  CHECK(select(main).refs == Strings{"main", "v1"});
  CHECK(select(std::string_view(pr).substr(0, 7)).commit == pr);
  CHECK(select(lab.sh("git -C clone rev-parse v1")).commit == main);  // the tag object's own id
  for (const char* revision : {"", "main", "dev", "v1", "refs/pr/1"})
    CHECK_FALSE(is_noted_local(select(revision)));
  CHECK(clone.snapshot(demo, "dev").commit == dev);
}

TEST_CASE("what is no revision is not found") {
  const CloneLab lab;
  LfsClone clone(lab.path("clone"), {});
  const std::string tree = lab.sh("git -C clone rev-parse main^{tree}");
  const std::string main = lab.sh("git -C clone rev-parse main");
  for (const std::string& revision : {std::string("nothing"), std::string("../main"), std::string("ma*n"),
                                      std::string("main\n"), main.substr(0, 6), std::string(40, '1'), tree}) {
    const Thrown thrown = thrown_by([&] { return clone.select(demo, revision); });
    CHECK(thrown.cause == Cause::not_found);
    CHECK(thrown.message.find('\n') == std::string::npos);
  }
  CHECK(thrown_by([&] { return clone.snapshot(demo, std::string(40, '1')); }).cause == Cause::not_found);
}

TEST_CASE("a prefix that two objects share is a usage error") {
  const CloneLab lab;
  // Loose objects in one fan-out directory that share seven digits; their content is never read.
  lab.sh(
      "cd clone/.git/objects; mkdir -p ab; : >ab/cdef0000000000000000000000000000000001; "
      ": >ab/cdef0000000000000000000000000000000002");
  LfsClone clone(lab.path("clone"), {});
  CHECK(thrown_by([&] { return clone.select(demo, "abcdef0"); }).cause == Cause::usage);
}

TEST_CASE("a detached HEAD has the names that lead to its commit") {
  const CloneLab lab;
  lab.sh("git -C clone checkout -q --detach main");
  CHECK(LfsClone(lab.path("clone"), {}).select(demo, "").refs == Strings{"main", "v1"});
  lab.sh("git -C clone checkout -q --detach origin/dev");
  CHECK(LfsClone(lab.path("clone"), {}).select(demo, "").refs == Strings{"dev"});
}

TEST_CASE("a commit that no remote has is noted, an old one of the remote is not") {
  const CloneLab lab;
  lab.sh("cd clone; git checkout -q -b mine; echo more >>README.md; git commit -qam local");
  LfsClone clone(lab.path("clone"), {});
  CHECK(is_noted_local(clone.select(demo, "")));
  CHECK(clone.select(demo, "").refs == Strings{"mine"});
  CHECK_FALSE(is_noted_local(clone.select(demo, "main")));

  lab.sh(
      "cd clone; git tag -d v1; git update-ref -d refs/pr/1; git update-ref refs/remotes/origin/main "
      "origin/dev");
  LfsClone again(lab.path("clone"), {});
  CHECK_FALSE(is_noted_local(again.select(demo, "main")));
}

TEST_CASE("a commit of a repo whose remote was never fetched from is local, one by a fetched tag is not") {
  const CloneLab lab;
  lab.sh(
      "cd clone; git update-ref -d refs/remotes/origin/HEAD; git for-each-ref --format='delete %(refname)' "
      "refs/remotes refs/tags refs/pr | git update-ref --stdin");
  CHECK(is_noted_local(LfsClone(lab.path("clone"), {}).select(demo, "")));
  lab.sh("cd clone; git tag v2");
  CHECK_FALSE(is_noted_local(LfsClone(lab.path("clone"), {}).select(demo, "")));
}

TEST_CASE("a repo without a remote has local commits only, and needs to be told which repo it is") {
  const CloneLab lab;
  lab.sh("git -C clone remote remove origin");
  LfsClone clone(lab.path("clone"), {});
  CHECK(is_noted_local(clone.select(demo, "")));
  const Thrown thrown = thrown_by([&] { return clone.repos(); });
  CHECK(thrown.cause == Cause::usage);
  CHECK(has(thrown.message, "--repo"));
  CHECK(LfsClone(lab.path("clone"), {demo, {}, {}, ForeignOwner::refused}).repos() == std::vector{demo});
}

TEST_CASE("a repo without a commit is not found, one whose commit is lost is refused") {
  const CloneLab lab;
  lab.sh("git init -q empty; git -C empty remote add origin https://huggingface.co/org/demo");
  LfsClone empty(lab.path("empty"), {});
  const Thrown unborn = thrown_by([&] { return empty.select(demo, ""); });
  CHECK(unborn.cause == Cause::not_found);
  CHECK(has(unborn.message, "no commit yet"));
  CHECK(empty.names(demo).empty());

  lab.sh("echo 1111111111111111111111111111111111111111 >clone/.git/refs/heads/main");
  LfsClone lost(lab.path("clone"), {});
  CHECK(thrown_by([&] { return lost.select(demo, ""); }).cause == Cause::refused);
}

TEST_CASE("a malformed ref is refused by name when it is asked for") {
  const CloneLab lab;
  lab.sh("cd clone; mkdir -p .git/refs/remotes/origin; echo rubbish >.git/refs/remotes/origin/bad");
  LfsClone clone(lab.path("clone"), {});
  const Thrown thrown = thrown_by([&] { return clone.select(demo, "bad"); });
  CHECK(thrown.cause == Cause::refused);
  CHECK(has(thrown.message, "refs/remotes/origin/bad"));
  CHECK(clone.select(demo, "main").refs == Strings{"main"});
}

TEST_CASE("the repo comes from the current branch's remote, else the only one, else origin") {
  const CloneLab lab;
  const auto repo = [&] { return LfsClone(lab.path("clone"), {}).repos().front().id(); };
  lab.sh("git -C clone remote add hub https://huggingface.co/org/second");
  CHECK(repo() == "org/demo");
  lab.sh("git -C clone config branch.main.remote hub");
  CHECK(repo() == "org/second");
  lab.sh("git -C clone config branch.main.remote .");
  CHECK(repo() == "org/demo");
  lab.sh("git -C clone config --unset branch.main.remote; git -C clone remote remove origin");
  CHECK(repo() == "org/second");
}

TEST_CASE("the raw url counts, not what url.insteadOf makes of it") {
  const CloneLab lab;
  lab.sh("git -C clone config url.https://example.invalid/.insteadOf https://huggingface.co/");
  lab.sh("git -C clone remote set-url origin https://huggingface.co/spaces/org/demo.git");
  CHECK(LfsClone(lab.path("clone"), {}).repos() == std::vector{RepoId::parse(RepoType::space, "org/demo")});
}

TEST_CASE("--repo-type beats the url's type") {
  const CloneLab lab;
  LfsClone clone(lab.path("clone"), {{}, RepoType::dataset, {}, ForeignOwner::refused});
  CHECK(clone.repos() == std::vector{RepoId::parse(RepoType::dataset, "org/demo")});
}

TEST_CASE("a url that tells no repo is named without its credentials") {
  const CloneLab lab;
  lab.sh("git -C clone remote set-url origin https://user:hf_secret@example.invalid/org/demo");
  const Thrown thrown = thrown_by([&] { return LfsClone(lab.path("clone"), {}).repos(); });
  CHECK(thrown.cause == Cause::usage);
  CHECK(has(thrown.message, "https://example.invalid/org/demo"));
  CHECK(has(thrown.message, "--repo"));
  CHECK_FALSE(has(thrown.message, "hf_secret"));
}

TEST_CASE("a hundred thousand refs are listed in seconds") {
  const CloneLab lab;
  lab.sh(
      "cd clone; id=$(git rev-parse main); git pack-refs --all; for i in $(seq -w 100000); do "
      "echo \"$id refs/remotes/origin/z$i\"; done >>.git/packed-refs; "
      "LC_ALL=C; { grep '^#' .git/packed-refs | sed 's/ sorted//; s/ fully-peeled//'; "
      "grep -v '^[#^]' .git/packed-refs | sort -k2; } >x; mv x .git/packed-refs");
  LfsClone clone(lab.path("clone"), {});
  CHECK(clone.names(demo).size() == 100'004);
  CHECK(clone.select(demo, "").refs == Strings{"main"});
}
