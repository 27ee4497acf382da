// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_sink.hpp"

#include <atomic>
#include <set>

#include "copy_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

CopyPlan copy(MemorySource& source, Sink& sink, const CopyRequest& request) {
  return execute(plan_copy(source, sink, request), source, sink, request);
}

bool was_published(const MemorySink& sink) {
  return !sink.published.empty() || !sink.refs.empty();
}

// A source with many contents, so that several are under way at once.
MemorySource wide_source() {
  MemorySource source = demo_source();
  auto& files = source.commits[commit_1];
  files.clear();
  for (int i = 100; i < 150; ++i)
    files.push_back({"file" + std::to_string(i), "content " + std::to_string(i)});
  return source;
}

}  // namespace

TEST_CASE("contents come first, then each revision, and the report says what was done") {
  MemorySource source = demo_source();
  MemorySink sink;
  CopyRequest request = demo_request();
  request.scope = Scope::all_names;
  request.jobs = GENERATE(1u, 3u);
  std::mutex mutex;
  std::multiset<std::string> started;
  std::uint64_t moved = 0;
  request.starting = [&](std::string_view name) {
    const std::scoped_lock lock(mutex);
    started.emplace(name);
  };
  request.put.progress = [&](std::uint64_t bytes) {
    const std::scoped_lock lock(mutex);
    moved += bytes;
  };
  const CopyPlan done = copy(source, sink, request);
  REQUIRE(sink.record.size() == 8);
  CHECK(sink.record.front() == "prepare");
  CHECK(Strings(sink.record.end() - 2, sink.record.end()) ==
        Strings{"publish " + commit_2, "publish " + commit_1});
  CHECK(sink.contents.size() == 5);
  CHECK(sink.refs == std::map<std::string, std::string>{{"dev", commit_2}, {"main", commit_1}});
  for (const ContentStep& step : done.contents) {
    CHECK(step.action == Action::write);
    CHECK(step.method == Method::copy);
    CHECK(step.bytes == step.entry.size);
  }
  CHECK(started.size() == 5);
  CHECK(moved == done.bytes_to_write);
  CHECK(source.removed.empty());
}

TEST_CASE("a second run of an equal request is done before it begins") {
  MemorySource source = demo_source();
  MemorySink sink;
  CopyRequest request = demo_request();
  request.scope = Scope::all_names;
  copy(source, sink, request);
  sink.record.clear();
  const CopyPlan plan = plan_copy(source, sink, request);
  CHECK(plan.is_done());
  CHECK(plan.bytes_to_write == 0);
  execute(plan, source, sink, request);
  CHECK(sink.record.empty());
  // A name more is work to do, of one publication.
  request.scope = Scope::chosen;
  request.refs = {"best"};
  CHECK_FALSE(plan_copy(source, sink, request).is_done());
  copy(source, sink, request);
  CHECK(sink.record == Strings{"prepare", "publish " + commit_1});
}

TEST_CASE("a content that somebody else brought in meanwhile counts as reused") {
  MemorySource source = demo_source();
  MemorySink sink;
  const CopyPlan plan = plan_copy(source, sink, demo_request());
  sink.contents[hash_bytes(HashKind::sha256, large_1)] = large_1;
  const CopyPlan done = execute(plan, source, sink, demo_request());
  CHECK(actions_of(done) == Strings{"reuse a/copy.bin", "write config.json", "write readme.md"});
  CHECK(done.contents[0].bytes == 0);
}

TEST_CASE("what the sink finds while it publishes is in the report") {
  MemorySource source = demo_source();
  MemorySink sink;
  sink.findings = {make_finding(FindingCode::blob_size, "model/org/demo", "x", "differs")};
  CHECK(copy(source, sink, demo_request()).findings == sink.findings);
}

TEST_CASE("a source that fails midway ends the run with no revision and no ref") {
  MemorySource source = wide_source();
  MemorySink sink;
  CopyRequest request = demo_request();
  request.jobs = GENERATE(1u, 4u);
  const auto how = GENERATE(as<std::string>(), "throws", "lies", "sink throws");
  INFO(how);
  const auto fail = [](const Entry& entry) {
    if (entry.path.bytes() == "file125") throw Error(Cause::io, "cannot read: the disk is gone", EIO);
  };
  if (how == "throws") source.opening = fail;
  if (how == "sink throws") sink.putting = fail;
  if (how == "lies") source.replaced = {{"content 125", "CONTENT 125"}};
  const Thrown thrown = thrown_by([&] { return copy(source, sink, request); });
  CHECK(thrown.cause == (how == "lies" ? Cause::refused : Cause::io));
  CHECK_FALSE(was_published(sink));
  // Those before it are done, but for what the other threads had in hand.
  CHECK(sink.contents.size() + request.jobs > 25);
  CHECK(sink.contents.size() < 50);
  for (const auto& [digest, bytes] : sink.contents) CHECK(hash_bytes(digest.kind(), bytes) == digest);
  // The next run goes on where this one ended.
  source = wide_source();
  sink.putting = nullptr;
  const std::size_t kept = sink.contents.size();
  sink.record.clear();
  copy(source, sink, request);
  CHECK(sink.record.size() == 1 + 50 - kept + 1);
  CHECK(sink.refs.at("main") == commit_1);
}

TEST_CASE("a wish to stop ends the run with no revision and no ref, whenever it comes") {
  MemorySource source = wide_source();
  MemorySink sink;
  CopyRequest request = demo_request();
  request.jobs = GENERATE(1u, 4u);
  std::atomic<bool> cancelled{false};
  request.put.cancelled = &cancelled;
  const auto when = GENERATE(as<std::string>(), "before", "while opening", "at the last byte of a content",
                             "at the last byte of all");
  INFO(when);
  std::atomic<int> contents{0};
  const int last = when == "at the last byte of all" ? 50 : 25;
  if (when == "before") cancelled = true;
  if (when == "while opening")
    source.opening = [&](const Entry& entry) {
      if (entry.path.bytes() == "file125") cancelled = true;
    };
  if (when.starts_with("at"))
    request.put.progress = [&](std::uint64_t bytes) {
      if (bytes > 0 && ++contents == last) cancelled = true;
    };
  const Thrown thrown = thrown_by([&] { return copy(source, sink, request); });
  CHECK(thrown.cause == Cause::io);
  CHECK(thrown.error_number == EINTR);
  CHECK_FALSE(was_published(sink));
}

TEST_CASE("a moved source is freed last, of what is proved in the target") {
  MemorySource source = demo_source();
  MemorySink sink;
  CopyRequest request = demo_request();
  request.source_after = SourceAfter::freed;
  SECTION("what was written") {
    const CopyPlan done = copy(source, sink, request);
    CHECK(source.removed == Strings{"a/copy.bin", "config.json", "readme.md"});
    CHECK(has(done.notes.back(), "5008"));
    REQUIRE(source.moved_revisions.size() == 1);
    CHECK(source.moved_revisions[0].commit == commit_1);
    CHECK(source.moved_revisions[0].refs == Strings{"main"});
    CHECK(source.moved_revisions[0].files.size() == 4);
  }
  SECTION("what was there, and is proved") {
    sink.contents[hash_bytes(HashKind::sha256, large_1)] = large_1;
    copy(source, sink, request);
    CHECK(source.removed.size() == 3);
  }
  SECTION("also by a second run, when all is published") {
    CopyRequest first = demo_request();
    copy(source, sink, first);
    CHECK(source.removed.empty());
    sink.record.clear();
    copy(source, sink, request);
    CHECK(source.removed.size() == 3);
    CHECK(sink.record.empty());
  }
}

TEST_CASE("a moved source keeps what is not proved in the target") {
  MemorySource source = demo_source();
  MemorySink sink;
  CopyRequest request = demo_request();
  request.source_after = SourceAfter::freed;
  SECTION("what was there, and is something else") {
    sink.contents[hash_bytes(HashKind::sha256, large_1)] = std::string(5000, 'X');
    const CopyPlan done = copy(source, sink, request);
    CHECK(source.removed == Strings{"config.json", "readme.md"});
    REQUIRE(done.findings.size() == 1);
    CHECK(done.findings[0].code == FindingCode::blob_corrupt);
    CHECK(source.moved_revisions.empty());
  }
  SECTION("what was taken by its size and is something else") {
    request.put.verify = PutOptions::Verify::size;
    source.replaced = {{large_1, std::string(5000, 'X')}};
    const CopyPlan done = copy(source, sink, request);
    CHECK(source.removed == Strings{"config.json", "readme.md"});
    CHECK(done.findings.size() == 1);
  }
  SECTION("a whole commit, of which some files were left out") {
    request.include = {"*.json"};
    copy(source, sink, request);
    CHECK(source.removed == Strings{"config.json"});
    CHECK(source.moved_revisions.empty());
  }
  SECTION("what is lacking") {
    source.lacking = {large_1};
    request.missing = Missing::skip;
    copy(source, sink, request);
    CHECK(source.removed == Strings{"config.json", "readme.md"});
  }
}

TEST_CASE("a moved source keeps everything when the run fails") {
  MemorySource source = demo_source();
  MemorySink sink;
  CopyRequest request = demo_request();
  request.source_after = SourceAfter::freed;
  source.replaced = {{"# Demo", "# Lies"}};
  CHECK(thrown_by([&] { return copy(source, sink, request); }).cause == Cause::refused);
  CHECK(source.removed.empty());
}

TEST_CASE("a hub cache shows nothing of a run that failed, and all of the next") {
  MemorySource source = wide_source();
  const CacheBuilder cache;
  CopyRequest request = demo_request();
  request.jobs = 2;
  const std::string repo = "models--org--demo/";
  source.replaced = {{"content 140", "CONTENT 140"}};
  {
    HfSink sink(cache.root(), ForeignRoot::refused);
    CHECK(thrown_by([&] { return copy(source, sink, request); }).cause == Cause::refused);
  }
  CHECK(cache.dir().names(repo + "snapshots").empty());
  CHECK_FALSE(cache.dir().exists(repo + "refs"));
  CHECK_FALSE(cache.dir().exists(repo + "trees"));
  CHECK_FALSE(cache.dir().exists(repo + ".modelcache/tmp"));
  const std::string blobs = repo + "blobs/";
  for (const std::string& name : cache.dir().names(blobs))
    CHECK(hash_bytes(HashKind::git_sha1, cache.dir().read(blobs + name)).hex() == name);
  source.replaced.clear();
  {
    HfSink sink(cache.root(), ForeignRoot::refused);
    copy(source, sink, request);
  }
  CHECK(cache.dir().names(repo + "snapshots/" + commit_1).size() == 50);
  CHECK(cache.dir().read(repo + "refs/main") == commit_1);
  const Strings before = cache.contents();
  HfSink sink(cache.root(), ForeignRoot::refused);
  CHECK(plan_copy(source, sink, request).is_done());
  copy(source, sink, request);
  CHECK(cache.contents() == before);
}
