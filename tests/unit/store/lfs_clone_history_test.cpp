// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/lfs_clone.hpp"

#include "support/catch.hpp"
#include "support/clone_builder.hpp"

#include <algorithm>

using namespace modelcache;
using test::CloneLab;

namespace {

Snapshot dated(const CloneLab& lab, const std::string& revision) {
  const RepoId repo = RepoId::parse(RepoType::model, "org/demo");
  LfsCloneOptions options;
  options.repo = repo;
  LfsClone clone(lab.path("clone"), options);
  Snapshot snapshot = clone.snapshot(repo, revision);
  clone.find_last_commits(repo, snapshot);
  return snapshot;
}

void expect_as_git_log(const CloneLab& lab, const Snapshot& snapshot) {
  for (const Entry& entry : snapshot.entries) {
    INFO(entry.path.bytes());
    CHECK(entry.last_commit == lab.sh("git -C clone log -1 --format=%H " + snapshot.commit +
                                      " -- ':(literal)" + entry.path.bytes() + "'"));
  }
}

}  // namespace

TEST_CASE("the last commit of each file is the one that git log finds, across merges, moves and modes") {
  const CloneLab lab;
  // Two lines of history that change, remove, bring back and take over files, and clocks that go wrong.
  lab.sh(R"sh(cd clone
    commit() { git add -A; GIT_COMMITTER_DATE="$((1700000000 + $1 * 100)) +0000" git commit -qm "step $1" --allow-empty; }
    for i in $(seq 12); do
      git checkout -q main; echo $i >"a$((i % 5))"; mkdir -p sub/deep; echo $((i % 3)) >"sub/deep/b$((i % 4))"; commit $i
      git checkout -q -B side main~$((i % 3)) 2>/dev/null || git checkout -q -B side main
      echo side $i >"c$((i % 4))"; mkdir -p sub/deep; echo $((i % 3)) >"sub/deep/b$((i % 4))"; commit $((i * 7 % 13))
      git checkout -q main; git merge -q -X ours --no-edit side || { git checkout --ours . ; commit $i; }
    done
    chmod +x a1; commit 20; git mv a2 moved; commit 21; rm a3; commit 22; echo 8 >a3; commit 3
    ln -s a1 link; commit 23; rm link; echo file >link; commit 24)sh");
  const Snapshot snapshot = dated(lab, "main");
  CHECK(snapshot.entries.size() > 15);
  CHECK(lab.sh("git -C clone rev-list --merges --count main") != "0");
  expect_as_git_log(lab, snapshot);
  expect_as_git_log(lab, dated(lab, lab.sh("git -C clone rev-parse main~9")));
}

TEST_CASE("where history is cut a file stays without its last commit, unless it is known all the same") {
  const CloneLab lab;
  lab.sh(
      "cd clone; echo new >new.txt; git add -A; git commit -qm new; cd ..; mv clone whole; "
      "git clone -q --depth 2 file://$PWD/whole clone; git -C clone lfs install --local >/dev/null");
  const Snapshot snapshot = dated(lab, "main");
  const std::string newest = lab.sh("git -C whole rev-parse HEAD");
  CHECK(snapshot.find("new.txt")->last_commit == newest);
  const bool is_all_told = std::all_of(snapshot.entries.begin(), snapshot.entries.end(),
                                       [](const Entry& entry) { return !entry.last_commit.empty(); });
  CHECK(is_all_told == (lab.sh("git -C whole rev-list --count HEAD") == "2"));
  lab.sh("rm -rf clone; git clone -q --depth 1 file://$PWD/whole clone");
  for (const Entry& entry : dated(lab, "main").entries) {
    INFO(entry.path.bytes());
    CHECK(entry.last_commit.empty());
  }
}
