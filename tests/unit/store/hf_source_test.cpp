// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_source.hpp"

#include "hf_sink_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

constexpr std::chrono::milliseconds no_wait{0};

}  // namespace

TEST_CASE("plain files that nothing names are hashed, by the hub's rule, and keep what is noted of them") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  repo.plain(commit_1, ".gitattributes", "*.bin filter=lfs\n");
  repo.plain(commit_1, "model.bin", "weights");
  repo.plain(commit_1, "run.sh", "#!/bin/sh\n");
  repo.ref("main", commit_1);
  cache.dir().write(in_demo(".modelcache/commits/" + commit_1 + ".modes"),
                    std::string("100755 run.sh") + '\0');
  HfSource source(cache.root());
  Snapshot snapshot = source.snapshot(demo_id, "main");
  for (const Entry& entry : snapshot.entries) CHECK_FALSE(entry.content);
  source.identify(demo_id, snapshot, {2, nullptr});
  REQUIRE(snapshot.entries.size() == 3);
  CHECK(snapshot.find("model.bin")->content == hash_bytes(HashKind::sha256, "weights"));
  CHECK(snapshot.find("run.sh")->content == hash_bytes(HashKind::git_sha1, "#!/bin/sh\n"));
  CHECK(snapshot.find("run.sh")->git_oid == snapshot.find("run.sh")->content);
  CHECK(snapshot.find("run.sh")->mode == FileMode::executable);
  CHECK_FALSE(snapshot.lists_all);
  for (const Entry& entry : snapshot.entries) {
    CHECK_FALSE(source.lacks(demo_id, entry));
    CHECK(source.open(demo_id, entry).origin == Content::Origin::working_file);
  }
}

TEST_CASE("what was never downloaded is told from what is broken") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  const std::string here = repo.linked(commit_1, "config.json", "{}");
  const std::string lost = hash_bytes(HashKind::git_sha1, "lost").hex();
  const std::string never = hash_bytes(HashKind::git_sha1, "never").hex();
  repo.link(commit_1, "lost.txt", lost);
  repo.listing(commit_1, {{"config.json", 2, here}, {"lost.txt", 4, lost}, {"never.txt", 5, never}});
  repo.no_exist(commit_1, "sub/absent.json");
  repo.ref("main", commit_1);
  HfSource source(cache.root());
  const Snapshot snapshot = source.snapshot(demo_id, "main");
  CHECK_FALSE(snapshot.find("config.json")->is_only_listed);
  CHECK_FALSE(snapshot.find("lost.txt")->is_only_listed);
  CHECK(snapshot.find("never.txt")->is_only_listed);
  CHECK(snapshot.known_absent == std::vector<RelPath>{RelPath::parse("sub/absent.json").value()});
}

TEST_CASE("revisions are all that have the name of a commit, and the others are told") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  repo.linked(commit_2, "a", "a");
  repo.linked(commit_1, "a", "a");
  repo.linked("some-etag", "a", "a");
  repo.ref("main", commit_2);
  HfSource source(cache.root());
  CHECK(source.commits(demo_id) == Strings{commit_1, commit_2});
  const auto left_out = source.left_out(demo_id);
  REQUIRE(left_out.size() == 1);
  CHECK(left_out[0].path == "snapshots/some-etag");
}

TEST_CASE("moved revisions go with all that is theirs, and what others use stays") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  const std::string shared = repo.linked(commit_1, "shared.txt", "shared");
  const std::string own = repo.linked(commit_1, "sub/own.txt", "own");
  repo.link(commit_2, "shared.txt", shared);
  repo.ref("main", commit_1);
  repo.ref("refs/pr/1", commit_1);
  repo.ref("dev", commit_2);
  repo.no_exist(commit_1, "absent.json");
  HfSource source(cache.root());
  const Snapshot snapshot = source.snapshot(demo_id, commit_1);
  MovedRevision revision{commit_1, {"main", "refs/pr/1"}, {}};
  for (const Entry& entry : snapshot.entries) revision.files.push_back(entry.path);
  SECTION("all of it") {
    const Freed freed = source.remove(demo_id, {snapshot.entries, {revision}, no_wait, no_wait});
    CHECK(freed.findings.empty());
    CHECK(freed.bytes > 0);
    CHECK(cache.dir().names(in_demo("")) == Strings{"blobs", "refs", "snapshots"});
    CHECK(cache.dir().names(in_demo("blobs")) == Strings{shared});
    CHECK(cache.dir().names(in_demo("refs")) == Strings{"dev"});
    CHECK(cache.dir().names(in_demo("snapshots")) == Strings{commit_2});
  }
  SECTION("not when a ref or a file of it was not moved") {
    if (GENERATE(true, false))
      revision.refs = {"main"};
    else
      revision.files.pop_back();
    const Freed freed = source.remove(demo_id, {snapshot.entries, {revision}, no_wait, no_wait});
    REQUIRE(freed.findings.size() == 1);
    CHECK(freed.findings[0].code == FindingCode::not_removed);
    CHECK(freed.bytes == 0);
    CHECK(cache.dir().exists(in_demo("blobs/" + own)));
    CHECK(cache.dir().exists(in_demo("refs/refs/pr/1")));
  }
}
