// SPDX-License-Identifier: Apache-2.0
#include "copy_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

using Link = PutOptions::Link;

Thrown thrown_by_planning(MemorySource& source, MemorySink& sink, const CopyRequest& request) {
  Thrown thrown = thrown_by([&] { return plan_copy(source, sink, request); });
  CHECK(sink.record.empty());
  return thrown;
}

}  // namespace

TEST_CASE("a plan brings each content once, under its first name, and writes nothing") {
  MemorySource source = demo_source();
  MemorySink sink;
  const CopyPlan plan = plan_copy(source, sink, demo_request());
  CHECK(actions_of(plan) == Strings{"write a/copy.bin", "write config.json", "write readme.md"});
  CHECK(plan.bytes_to_write == 5000 + 2 + 6);
  CHECK(plan.missing().empty());
  CHECK_FALSE(plan.is_done());
  REQUIRE(plan.revisions.size() == 1);
  const RevisionStep& step = plan.revisions[0];
  CHECK(step.contents == std::vector<std::size_t>{0, 1, 0, 2});
  CHECK(step.publication.snapshot.commit == commit_1);
  CHECK(step.publication.snapshot.refs == Strings{"main"});
  CHECK(step.publication.present == std::vector<bool>(4, true));
  CHECK(step.path == "/memory/models--org--demo/" + commit_1);
  CHECK(sink.record.empty());
}

TEST_CASE("what the sink holds is reused, also where the source lacks it") {
  MemorySource source = demo_source();
  MemorySink sink;
  sink.contents[hash_bytes(HashKind::sha256, large_1)] = large_1;
  source.lacking = {large_1};
  const CopyPlan plan = plan_copy(source, sink, demo_request());
  CHECK(actions_of(plan) == Strings{"reuse a/copy.bin", "write config.json", "write readme.md"});
  CHECK(plan.contents[0].method == Method::none);
  CHECK(plan.contents[0].bytes == 0);
  CHECK(plan.bytes_to_write == 8);
}

TEST_CASE("the method is foreseen as the options and the file system say") {
  MemorySource source = demo_source();
  MemorySink sink;
  struct Row {
    Link link;
    bool reflinks;
    Method method;
  };
  const Row row =
      GENERATE(Row{Link::automatic, false, Method::copy}, Row{Link::automatic, true, Method::reflink},
               Row{Link::copy, true, Method::copy}, Row{Link::reflink, false, Method::reflink},
               Row{Link::hardlink, false, Method::hardlink}, Row{Link::symlink, true, Method::symlink});
  sink.reflinks = row.reflinks;
  CopyRequest request = demo_request();
  request.put.link = row.link;
  const CopyPlan plan = plan_copy(source, sink, request);
  for (const ContentStep& step : plan.contents) CHECK(step.method == row.method);
  CHECK(plan.bytes_to_write == (row.method == Method::copy ? 5008 : 0));
}

TEST_CASE("missing contents are refused with a list of all of them") {
  MemorySource source = demo_source();
  MemorySink sink;
  source.lacking = {large_1, "# Demo"};
  const Thrown thrown = thrown_by_planning(source, sink, demo_request());
  CHECK(thrown.cause == Cause::refused);
  CHECK(has(thrown.message, "2 contents are missing"));
  CHECK(has(thrown.message, "\n  a/copy.bin  5000 bytes  " + hash_bytes(HashKind::sha256, large_1).text() +
                                "  it was never fetched"));
  CHECK(has(thrown.message, "\n  readme.md  6 bytes  git-sha1:"));
  CHECK_FALSE(has(thrown.message, "config.json"));
}

TEST_CASE("with partial, missing contents are skipped and the listing still names them") {
  MemorySource source = demo_source();
  MemorySink sink;
  source.lacking = {large_1};
  CopyRequest request = demo_request();
  request.missing = Missing::skip;
  const CopyPlan plan = plan_copy(source, sink, request);
  CHECK(actions_of(plan) == Strings{"skip a/copy.bin", "write config.json", "write readme.md"});
  CHECK(plan.contents[0].reason == "it was never fetched");
  CHECK(plan.contents[0].method == Method::none);
  REQUIRE(plan.missing().size() == 1);
  CHECK(plan.bytes_to_write == 8);
  const Publication& publication = plan.revisions[0].publication;
  CHECK(publication.present == std::vector{false, true, false, true});
  CHECK(publication.snapshot.lists_all);
  CHECK(publication.snapshot.entries.size() == 4);
}

TEST_CASE("a revision of which nothing is there is refused, also with partial") {
  MemorySource source = demo_source();
  MemorySink sink;
  source.lacking = {large_1, "{}", "# Demo"};
  CopyRequest request = demo_request();
  request.missing = Missing::skip;
  CHECK(thrown_by_planning(source, sink, request).cause == Cause::refused);
}

TEST_CASE("filters choose what is brought, not what is listed") {
  MemorySource source = demo_source();
  MemorySink sink;
  source.lacking = {"# Demo"};
  CopyRequest request = demo_request();
  request.include = {"*.bin", "*.json", "*.md"};
  request.exclude = {"readme*", "a/"};
  const CopyPlan plan = plan_copy(source, sink, request);
  CHECK(actions_of(plan) == Strings{"write config.json", "write model.bin"});
  const RevisionStep& step = plan.revisions[0];
  CHECK(step.contents == std::vector<std::size_t>{RevisionStep::npos, 0, 1, RevisionStep::npos});
  CHECK(step.publication.present == std::vector{false, true, true, false});
  CHECK(step.publication.snapshot.lists_all);
  CHECK(step.publication.snapshot.entries.size() == 4);
  request.include = {"*.none"};
  const Thrown thrown = thrown_by_planning(source, sink, request);
  CHECK(thrown.cause == Cause::refused);
  CHECK(has(thrown.message, "--include"));
}

TEST_CASE("revisions with one commit are one, with all their names") {
  MemorySource source = demo_source();
  MemorySink sink;
  source.known_names = {{"dev", commit_2}, {"main", commit_1}, {"refs/pr/1", commit_2}, {"v1", commit_1}};
  CopyRequest request = demo_request();
  SECTION("named one by one") {
    request.revisions = {"v1", "dev", "main", "main", "refs/pr/1"};
  }
  SECTION("all at once") {
    request.scope = Scope::all_names;
  }
  const CopyPlan plan = plan_copy(source, sink, request);
  REQUIRE(plan.revisions.size() == 2);
  for (const RevisionStep& step : plan.revisions) {
    const Snapshot& snapshot = step.publication.snapshot;
    CHECK(snapshot.refs ==
          (snapshot.commit == commit_1 ? Strings{"main", "v1"} : Strings{"dev", "refs/pr/1"}));
  }
  CHECK(plan.contents.size() == 5);
}

TEST_CASE("names that the user gives take the place of the source's") {
  MemorySource source = demo_source();
  MemorySink sink;
  CopyRequest request = demo_request();
  request.revisions = {"dev"};
  request.refs = {"v2", "best"};
  CHECK(plan_copy(source, sink, request).revisions[0].publication.snapshot.refs == Strings{"best", "v2"});
  request.revisions = {commit_2};
  request.refs = {};
  CHECK(plan_copy(source, sink, request).revisions[0].publication.snapshot.refs.empty());
}

TEST_CASE("main is an alias of a default branch with another name, where there is no main") {
  struct Row {
    std::string branch;
    std::vector<NamedCommit> names;
    std::string revision;
    MainAlias alias;
    Strings refs;
  };
  const MainAlias wanted = MainAlias::for_default_branch;
  const std::vector<Row> rows = {
      {"master", {{"master", commit_1}}, "master", wanted, {"main", "master"}},
      {"master", {{"master", commit_1}}, "", wanted, {"main", "master"}},
      {"master", {{"master", commit_1}}, "master", MainAlias::none, {"master"}},
      {"main", {{"main", commit_1}}, "main", wanted, {"main"}},
      {"", {{"master", commit_1}}, "master", wanted, {"master"}},
      {"master", {{"main", commit_2}, {"master", commit_1}}, "master", wanted, {"master"}},
      {"master", {{"dev", commit_2}, {"master", commit_1}}, "dev", wanted, {"dev"}},
      {"master", {{"master", commit_1}}, commit_1, wanted, {}},
  };
  for (const Row& row : rows) {
    MemorySource source = demo_source();
    MemorySink sink;
    source.branch = row.branch;
    source.known_names = row.names;
    source.head = "master";
    CopyRequest request = demo_request();
    request.revisions = {row.revision};
    request.main_alias = row.alias;
    const CopyPlan plan = plan_copy(source, sink, request);
    CHECK(plan.revisions[0].publication.snapshot.refs == row.refs);
    CHECK(plan.notes.size() == (row.refs.size() == 2 ? 1 : 0));
  }
}

TEST_CASE("a full disk is known before the first write") {
  MemorySource source = demo_source();
  MemorySink sink;
  sink.free = 5007;
  const Thrown thrown = thrown_by_planning(source, sink, demo_request());
  CHECK(thrown.cause == Cause::io);
  CHECK(has(thrown.message, "5008"));
  CHECK(has(thrown.message, "5007"));
  sink.free = 5008;
  CHECK(plan_copy(source, sink, demo_request()).bytes_to_write == 5008);
  sink.extra = 1;
  CHECK(thrown_by_planning(source, sink, demo_request()).cause == Cause::io);
  sink.free = 5009;
  CHECK(plan_copy(source, sink, demo_request()).bytes_to_write == 5009);
  sink.extra = 0;
  sink.free = 0;
  sink.reflinks = true;
  CHECK(plan_copy(source, sink, demo_request()).bytes_to_write == 0);
}

TEST_CASE("a revision that is not there is told, and so is a source without names") {
  MemorySource source = demo_source();
  MemorySink sink;
  CopyRequest request = demo_request();
  request.revisions = {"main", "none"};
  CHECK(thrown_by_planning(source, sink, request).cause == Cause::not_found);
  source.known_names = {};
  request.scope = Scope::all_names;
  CHECK(thrown_by_planning(source, sink, request).cause == Cause::not_found);
}

TEST_CASE("what was odd in the source is in the plan") {
  MemorySource source = demo_source();
  MemorySink sink;
  source.findings = {make_finding(FindingCode::special_file, "model/org/demo", "link", "a link")};
  CHECK(plan_copy(source, sink, demo_request()).findings == source.findings);
}

TEST_CASE("freeing what links would lead to makes no sense and is refused") {
  MemorySource source = demo_source();
  MemorySink sink;
  CopyRequest request = demo_request();
  request.put.link = Link::symlink;
  request.source_after = SourceAfter::freed;
  CHECK(thrown_by_planning(source, sink, request).cause == Cause::usage);
}

TEST_CASE("a sink with an address for each path gets a content once for each") {
  MemorySource source = demo_source();
  MemorySink sink;
  sink.by_path = true;
  const CopyPlan plan = plan_copy(source, sink, demo_request());
  CHECK(actions_of(plan) ==
        Strings{"write a/copy.bin", "write config.json", "write model.bin", "write readme.md"});
  CHECK(plan.bytes_to_write == 2 * 5000 + 2 + 6);
}

TEST_CASE("what is in the way is kept and told as a problem, unless it may be replaced") {
  MemorySource source = demo_source();
  MemorySink sink;
  sink.blocked = {"config.json"};
  CopyRequest request = demo_request();
  const CopyPlan plan = plan_copy(source, sink, request);
  CHECK(actions_of(plan) == Strings{"write a/copy.bin", "skip config.json", "write readme.md"});
  CHECK(plan.missing().empty());
  CHECK(plan.revisions[0].publication.present == std::vector<bool>{true, false, true, true});
  REQUIRE(plan.findings.size() == 1);
  CHECK(plan.findings[0].path == "config.json");
  CHECK(plan.findings[0].severity == Severity::error);
  request.put.different = PutOptions::Different::replaced;
  CHECK(actions_of(plan_copy(source, sink, request))[1] == "write config.json");
}

TEST_CASE("what only the bytes tell is identified first, and may name the commit") {
  MemorySource source = demo_source();
  source.tells_contents = false;
  MemorySink sink;
  const CopyPlan plan = plan_copy(source, sink, demo_request());
  CHECK(actions_of(plan) == Strings{"write a/copy.bin", "write config.json", "write readme.md"});
  CHECK(plan.revisions[0].publication.snapshot.commit == commit_1);
  CHECK(plan.revisions[0].path == "/memory/models--org--demo/" + commit_1);
}

TEST_CASE("what the sink cannot express is noted once, and only where something is left to do") {
  MemorySource source = demo_source();
  MemorySink sink;
  sink.losses = {"no executable bit"};
  CopyRequest request = demo_request();
  request.scope = Scope::all_names;
  CHECK(plan_copy(source, sink, request).notes == Strings{"no executable bit"});
  execute(plan_copy(source, sink, request), source, sink, request);
  CHECK(plan_copy(source, sink, request).notes.empty());
}

TEST_CASE("among all revisions one without contents is left out and told, and stops no other") {
  MemorySource source = demo_source();
  MemorySink sink;
  source.lacking = {"# Dev", large_1, large_2, "{}"};
  CopyRequest request = demo_request();
  request.missing = Missing::skip;
  request.scope = Scope::all_commits;
  const CopyPlan plan = plan_copy(source, sink, request);
  REQUIRE(plan.revisions.size() == 1);
  CHECK(plan.revisions[0].publication.snapshot.commit == commit_1);
  REQUIRE(plan.findings.size() == 1);
  CHECK(plan.findings[0].code == FindingCode::revision_incomplete);
  CHECK(plan.findings[0].severity == Severity::error);
  CHECK(has(plan.findings[0].path, commit_2));
  SECTION("but where it was asked for by name it is refused") {
    request.scope = Scope::chosen;
    request.revisions = {"dev"};
    CHECK(thrown_by_planning(source, sink, request).cause == Cause::refused);
  }
  SECTION("and where it is the only one") {
    source.lacking.insert("# Demo");
    CHECK(thrown_by_planning(source, sink, request).cause == Cause::refused);
  }
}
