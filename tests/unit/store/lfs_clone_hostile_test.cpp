// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <filesystem>

#include "lfs_clone_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

using Strings = std::vector<std::string>;

LfsCloneOptions allowing(const std::string& directory) {
  return {{}, {}, {directory}, ForeignOwner::refused};
}

// Refused, the reason naming `path` and the way to allow it; read in full where `path` is allowed.
void require_consent(const CloneLab& lab, const std::string& path) {
  const Thrown thrown = thrown_by_reading(lab.path("clone"));
  CHECK(thrown.cause == Cause::refused);
  CHECK(has(thrown.message, lab.path(path)));
  CHECK(has(thrown.message, "--allow-outside " + lab.path(path)));
  CHECK(thrown_by_reading(lab.path("clone"), allowing(lab.path(path))).message.empty());
}

}  // namespace

TEST_CASE("a tree with an unsafe name is refused as a whole, all such names listed") {
  const CloneLab lab;
  const std::string blob = lab.write_blob("clone", "x\n");
  const std::string inner = lab.write_tree("clone", {{"100644", "evil\nname", blob}, {"100644", "..", blob}});
  const std::string tree = lab.write_tree("clone", {{"100644", ".", blob},
                                                    {"100644", "..", blob},
                                                    {"100644", ".GIT", blob},
                                                    {"40000", ".git", inner},
                                                    {"100644", ".git. ", blob},
                                                    {"100644", ".git::$DATA", blob},
                                                    {"100644", "/etc/passwd", blob},
                                                    {"100644", "GIT~1", blob},
                                                    {"100644", "a/b", blob},
                                                    {"100644", "fine", blob},
                                                    {"100644", std::string(256, 'n'), blob},
                                                    {"40000", "sub", inner}});
  lab.commit_tree("clone", tree);
  const Thrown thrown = thrown_by_reading(lab.path("clone"));
  CHECK(thrown.cause == Cause::refused);
  for (const std::string& name :
       {std::string("\n  ."), std::string("\n  .."), std::string("\n  .GIT"), std::string("\n  .git\n"),
        std::string("\n  .git. "), std::string("\n  .git::$DATA"), std::string("\n  /etc/passwd"),
        std::string("\n  GIT~1"), std::string("\n  a/b"), std::string("\n  nnnn"), std::string("\n  sub/..")})
    CHECK(has(thrown.message, name));
  CHECK_FALSE(has(thrown.message, "fine"));
}

TEST_CASE("a name that clients refuse, or that no listing can hold, is taken and told") {
  const CloneLab lab;
  const std::string blob = lab.write_blob("clone", "x\n");
  const auto [name, word] = GENERATE(table<std::string, std::string>({{"\\\\server", "clients refuse"},
                                                                      {"C:x", "clients refuse"},
                                                                      {"a\\..\\b", "clients refuse"},
                                                                      {"\xff", "UTF-8"},
                                                                      {"-rf", ""},
                                                                      {"a\\b", ""}}));
  lab.commit_tree("clone", lab.write_tree("clone", {{"100644", name, blob}}));
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  CAPTURE(name);
  REQUIRE(snapshot.entries.size() == 1);
  const auto told = [&, wanted = word](const Finding& finding) {
    return finding.code == FindingCode::name_unsafe && finding.severity == Severity::warning &&
           finding.path == snapshot.entries.front().path.bytes() && has(finding.detail, wanted);
  };
  const bool refuses = word == "clients refuse" || word == "UTF-8";
  CHECK(std::count_if(snapshot.findings.begin(), snapshot.findings.end(), told) == (refuses ? 1 : 0));
}

TEST_CASE("names that only look odd are taken as they are") {
  const CloneLab lab;
  const std::string blob = lab.write_blob("clone", "x\n");
  const Strings names = {"...", ".gitignore", ".gitx",     "a\\b",       "back\x01space",
                         "con", "git~2",      "new\nline", "not\xffutf8"};
  std::vector<CloneLab::RawEntry> entries;
  for (const std::string& name : names) entries.push_back({"100644", name, blob});
  lab.commit_tree("clone", lab.write_tree("clone", entries));
  LfsClone clone(lab.path("clone"), {});
  CHECK(paths_of(clone.snapshot(demo, "")) == names);
}

TEST_CASE("a name that is there twice is refused, be it file or directory") {
  const CloneLab lab;
  const std::string blob = lab.write_blob("clone", "x\n");
  const std::string one = lab.write_tree("clone", {{"100644", "one", blob}});
  const std::string two = lab.write_tree("clone", {{"100644", "two", blob}});
  using Entries = std::vector<CloneLab::RawEntry>;
  const auto [entries, reason] = GENERATE_COPY(table<Entries, std::string>({
      {Entries{{"100644", "a", blob}, {"100644", "a", blob}}, "twice"},
      {Entries{{"40000", "a", one}, {"40000", "a", two}}, "twice"},
      {Entries{{"100644", "a", blob}, {"40000", "a", one}}, "a file and a directory"},
  }));
  lab.commit_tree("clone", lab.write_tree("clone", entries));
  const Thrown thrown = thrown_by_reading(lab.path("clone"));
  CHECK(thrown.cause == Cause::refused);
  CHECK(has(thrown.message, "'a'"));
  CHECK(has(thrown.message, reason));
}

TEST_CASE("a link becomes a file with the target's name, a submodule is left out, both are told") {
  const CloneLab lab;
  const std::string tree =
      lab.write_tree("clone", {{"120000", "link", lab.write_blob("clone", "/etc/passwd")},
                               {"160000", "module", std::string(40, '3')}});
  lab.commit_tree("clone", tree);
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(paths_of(snapshot) == Strings{"link"});
  CHECK(content_of(clone, snapshot, "link") == "/etc/passwd");
  CHECK(snapshot.lists_all);
  REQUIRE(snapshot.findings.size() == 2);
  for (const Finding& finding : snapshot.findings) {
    CHECK(finding.code == FindingCode::special_file);
    CHECK(finding.severity == Severity::warning);
  }
}

TEST_CASE("a tree that is too deep, or names one directory without end, is refused in bounded time") {
  const CloneLab lab;
  std::string tree = lab.write_tree("clone", {{"100644", "file", lab.write_blob("clone", "x\n")}});
  SECTION("deep") {
    for (int i = 0; i < 130; ++i) tree = lab.write_tree("clone", {{"40000", "d", tree}});
    lab.commit_tree("clone", tree);
    const Thrown thrown = thrown_by_reading(lab.path("clone"));
    CHECK(thrown.cause == Cause::refused);
    CHECK(has(thrown.message, "128 directories"));
  }
  SECTION("wide") {
    tree = lab.write_tree("clone", {});
    std::vector<CloneLab::RawEntry> entries;
    for (int level = 0; level < 8; ++level) {
      entries.clear();
      for (char name = 'a'; name <= 'z'; ++name) entries.push_back({"40000", std::string(60, name), tree});
      tree = lab.write_tree("clone", entries);
    }
    lab.commit_tree("clone", tree);
    const Thrown thrown = thrown_by_reading(lab.path("clone"));
    CHECK(thrown.cause == Cause::refused);
    CHECK(has(thrown.message, "5 million"));
  }
}

TEST_CASE("damaged objects are refused with a reason") {
  const CloneLab lab;
  SECTION("a missing tree") {
    lab.sh(
        "cd clone; id=$(git rev-parse HEAD:dir); git unpack-objects -q <$(echo .git/objects/pack/*.pack) || "
        "true; "
        "mv .git/objects/pack ../pack; mkdir .git/objects/pack; git unpack-objects -q <$(echo "
        "../pack/*.pack); "
        "rm -f .git/objects/${id:0:2}/${id:2}");
    CHECK(thrown_by_reading(lab.path("clone")).cause == Cause::refused);
  }
  SECTION("a pack that was cut") {
    lab.sh("cd clone; git gc -q; p=$(echo .git/objects/pack/*.pack); chmod +w $p; truncate -s 200 $p");
    CHECK(thrown_by_reading(lab.path("clone")).cause == Cause::refused);
  }
  SECTION("a tree that is not what its id says") {
    const std::string other = lab.write_tree("clone", {{"100644", "x", lab.write_blob("clone", "poison")}});
    lab.sh(
        "cd clone; mkdir ../old; mv .git/objects/pack/* ../old; git unpack-objects -q <$(echo "
        "../old/*.pack); "
        "id=$(git rev-parse HEAD^{tree}); o=.git/objects; chmod +w $o/${id:0:2}/${id:2}; "
        "other=" +
        other + "; cp $o/${other:0:2}/${other:2} $o/${id:0:2}/${id:2}");
    CHECK(thrown_by_reading(lab.path("clone")).cause == Cause::refused);
  }
  SECTION("a tree where a file should be") {
    lab.commit_tree("clone",
                    lab.write_tree("clone", {{"100644", "x", lab.sh("git -C clone rev-parse HEAD:dir")}}));
    CHECK(thrown_by_reading(lab.path("clone")).cause == Cause::refused);
  }
}

TEST_CASE("an object that is said to be huge is not read into memory") {
  const CloneLab lab;
  const std::string id = lab.sh(R"(cd clone; python3 - <<'PY'
import os, zlib
id = "ab" * 20
os.makedirs(".git/objects/ab", exist_ok=True)
open(f".git/objects/ab/{id[2:]}", "wb").write(zlib.compress(b"blob 99999999999\0" + bytes(1 << 20)))
print(id)
PY
)");
  lab.commit_tree("clone", lab.write_tree("clone", {{"100644", "bomb", id}}));
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(entry_of(snapshot, "bomb").size == 99'999'999'999);
  CHECK(has(clone.lacks(demo, entry_of(snapshot, "bomb")).value(), "4 GiB"));
}

TEST_CASE("a git directory elsewhere needs consent") {
  const CloneLab lab;
  lab.sh("mkdir out; mv clone/.git out/git");
  SECTION("by a .git file") {
    lab.sh("echo \"gitdir: $PWD/out/git\" >clone/.git");
  }
  SECTION("by a relative .git file") {
    lab.sh("echo 'gitdir: ../out/git' >clone/.git");
  }
  SECTION("by a link") {
    lab.sh("ln -s ../out/git clone/.git");
  }
  require_consent(lab, "out/git");
}

TEST_CASE("a worktree's directory that names another clone is no proof") {
  const CloneLab lab;
  lab.sh("cd clone; git worktree add -q ../linked origin/dev; cp -a ../linked ../copy");
  const Thrown thrown = thrown_by_reading(lab.path("copy"));
  CHECK(thrown.cause == Cause::refused);
  CHECK(has(thrown.message, "--allow-outside " + lab.path("clone/.git/worktrees/linked")));
}

TEST_CASE("a commondir elsewhere needs consent") {
  const CloneLab lab;
  lab.sh(
      "mkdir out; mv clone/.git out/git; mkdir clone/.git; cp out/git/HEAD clone/.git; "
      "echo ../../out/git >clone/.git/commondir");
  require_consent(lab, "out/git");
}

TEST_CASE("a commondir is not vouched for by a directory of the name worktrees") {
  const CloneLab lab;
  lab.sh(
      "mv clone/.git git; mkdir -p git/worktrees; mv clone git/worktrees/mine; cd git/worktrees/mine; "
      "mkdir refs objects; cp ../../HEAD HEAD; echo ../.. >commondir");
  CHECK(thrown_by_reading(lab.path("git/worktrees/mine")).cause == Cause::refused);
}

TEST_CASE("alternates elsewhere need consent, at every level") {
  const CloneLab lab;
  lab.sh(R"(mkdir out; cp -r origin.git out/reference
            cd clone; mv .git/objects/pack ../pack; mkdir .git/objects/pack)");
  SECTION("absolute") {
    lab.sh("echo $PWD/out/reference/objects >clone/.git/objects/info/alternates");
  }
  SECTION("relative") {
    lab.sh("echo ../../../out/reference/objects >clone/.git/objects/info/alternates");
  }
  SECTION("of an alternate") {
    lab.sh(
        "mkdir -p clone/.git/inner/objects/info; echo ../inner/objects >clone/.git/objects/info/alternates; "
        "echo $PWD/out/reference/objects >clone/.git/inner/objects/info/alternates");
  }
  require_consent(lab, "out/reference");
}

TEST_CASE("alternates that go round in a circle, are files or are not there change nothing") {
  const CloneLab lab;
  lab.sh(
      "cd clone; printf '%s\\n' '# comment' '' . ../lfs ../config nothing ../../.git/objects "
      ">.git/objects/info/alternates; "
      "mkdir -p .git/lfs/info; echo ../objects >.git/lfs/info/alternates");
  CHECK(thrown_by_reading(lab.path("clone")).message.empty());
}

TEST_CASE("lfs.storage elsewhere needs consent") {
  const CloneLab lab;
  lab.sh("mkdir out; mv clone/.git/lfs out/lfs; rm clone/*.bin clone/dir/*.bin");
  SECTION("absolute") {
    lab.sh("git -C clone config lfs.storage $PWD/out/lfs");
  }
  SECTION("relative") {
    lab.sh("git -C clone config lfs.storage ../../out/lfs");
  }
  SECTION("a link") {
    lab.sh("ln -s ../../out/lfs clone/.git/lfs");
  }
  require_consent(lab, "out/lfs");
  LfsClone clone(lab.path("clone"), allowing(lab.path("out")));
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(clone.remove(demo, {{entry_of(snapshot, "model.bin")}, {}}).bytes == 0);
  CHECK_FALSE(clone.lacks(demo, entry_of(snapshot, "model.bin")));
}

TEST_CASE("includes in the config need consent where they lead outside, however they are written") {
  const CloneLab lab;
  lab.dir().write("out/config", "[lfs]\n\tstorage = elsewhere\n");
  SECTION("plain") {
    lab.sh("git -C clone config include.path $PWD/out/config");
  }
  SECTION("relative") {
    lab.sh("git -C clone config include.path ../../out/config");
  }
  SECTION("conditional") {
    lab.sh("git -C clone config includeIf.gitdir:/.path $PWD/out/config");
  }
  SECTION("on one line") {
    lab.sh("echo \"[core] [include] path = $PWD/out/config\" >>clone/.git/config");
  }
  SECTION("in an included file") {
    lab.sh(
        "git -C clone config include.path more; echo \"[include] path = $PWD/out/config\" >clone/.git/more");
  }
  const Thrown thrown = thrown_by_reading(lab.path("clone"));
  CHECK(thrown.cause == Cause::refused);
  CHECK(has(thrown.message, lab.path("out/config")));
}

TEST_CASE("an include that cannot be judged is refused, one inside is followed") {
  const CloneLab lab;
  SECTION("a backslash") {
    lab.sh(R"(printf '[include]\n\tpath = a/..\\\n/../../x\n' >>clone/.git/config)");
    CHECK(has(thrown_by_reading(lab.path("clone")).message, "backslash"));
  }
  SECTION("the home directory") {
    lab.sh("git -C clone config include.path '~/x'");
    CHECK(thrown_by_reading(lab.path("clone")).cause == Cause::refused);
  }
  SECTION("inside") {
    lab.sh(
        "cd clone; git config include.path more; git config -f .git/more lfs.storage elsewhere; "
        "mv .git/lfs .git/elsewhere; rm *.bin dir/*.bin");
    CHECK(thrown_by_reading(lab.path("clone")).message.empty());
  }
  SECTION("in a circle") {
    lab.sh("git -C clone config include.path more; git config -f clone/.git/more include.path config");
    CHECK(thrown_by_reading(lab.path("clone")).cause == Cause::refused);
  }
}

TEST_CASE("links and FIFOs where git has files are refused and hold nobody up") {
  const CloneLab lab;
  const auto name = GENERATE(as<std::string>(), "HEAD", "config", "packed-refs", "shallow", "commondir",
                             "index", "refs/heads/x", "refs/remotes/origin/x", "objects/info/alternates",
                             "objects/pack/x.idx", "objects/ab/cdef");
  const auto how = GENERATE(as<std::string>(), "mkfifo", "ln -s /dev/zero");
  lab.sh("cd clone/.git; mkdir -p $(dirname " + name + "); rm -f " + name + "; " + how + " " + name);
  CHECK(thrown_by_reading(lab.path("clone")).cause == Cause::refused);
}

TEST_CASE("a HEAD that names a path outside refs is no way out") {
  const CloneLab lab;
  for (const char* head : {"ref: ../../../etc/passwd", "ref: /etc/passwd", "rubbish", ""}) {
    lab.dir().write("clone/.git/HEAD", std::string(head) + "\n");
    const Thrown thrown = thrown_by_reading(lab.path("clone"));
    CHECK(thrown.cause);
    CHECK_FALSE(has(thrown.message, "root:"));
  }
}

TEST_CASE("core.worktree has no say in where contents come from") {
  const CloneLab lab;
  lab.sh(
      "cd clone; mkdir ../out; mv dir *.bin ../out; rm -rf .git/lfs; git config core.worktree $PWD/../out");
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(bad_contents(clone, snapshot) == Strings{"dir/other.bin", "dir/same.bin", "model.bin"});
}

TEST_CASE("programs that the clone's configuration names are not started") {
  const CloneLab lab;
  lab.sh(R"(cd clone; mark="touch $PWD/../PWNED"
            for key in core.fsmonitor core.sshCommand core.pager filter.lfs.smudge filter.lfs.process core.editor; do
              git config $key "$mark"; done
            mkdir hooks; for hook in post-checkout pre-auto-gc reference-transaction fsmonitor-watchman; do
              printf '#!/bin/sh\n%s\n' "$mark" >hooks/$hook; chmod +x hooks/$hook; done
            git config core.hooksPath $PWD/hooks)");
  CHECK(thrown_by_reading(lab.path("clone")).message.empty());
  CHECK_FALSE(std::filesystem::exists(lab.path("PWNED")));
}

TEST_CASE("a clone that belongs to somebody else is refused until that is allowed") {
  const CloneLab lab;
  const LfsCloneOptions allowed{{}, {}, {}, ForeignOwner::allowed};
  CHECK(thrown_by_reading(lab.path("clone")).message.empty());
  if (::geteuid() != 0) return;  // nobody else can give a clone away
  const auto what =
      GENERATE(as<std::string>(), "clone", "clone/.git", "clone/.git/config", "clone/.git/objects");
  lab.sh("chown 65534 " + what);
  const Thrown thrown = thrown_by_reading(lab.path("clone"));
  CHECK(thrown.cause == Cause::refused);
  CHECK(has(thrown.message, "belongs to another user (uid 65534)"));
  CHECK(has(thrown.message, "--allow-foreign-owner"));
  CHECK(thrown_by_reading(lab.path("clone"), allowed).message.empty());
}

TEST_CASE("an LFS object that belongs to somebody else is not taken, but a copy of one's own is") {
  const CloneLab lab;
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  const Entry& entry = entry_of(snapshot, "dir/other.bin");
  CHECK_FALSE(clone.lacks(demo, entry));
  if (::geteuid() != 0) return;  // nobody else can give a file away
  lab.sh("cd clone; chown 65534 $(find .git/lfs/objects -type f)");
  CHECK_FALSE(clone.lacks(demo, entry));
  CHECK(clone.open(demo, entry).origin == Content::Origin::working_file);
  lab.sh("rm clone/dir/other.bin");
  LfsClone again(lab.path("clone"), {});
  CHECK(has(again.lacks(demo, entry).value(), "--allow-foreign-owner"));
}
