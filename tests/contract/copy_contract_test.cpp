// SPDX-License-Identifier: Apache-2.0
// From every Source into every Sink: the same snapshot arrives.
#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/ops/copy.hpp"

#include "support/catch.hpp"
#include "support/content.hpp"
#include "support/errors.hpp"

#include "stores.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

template <typename Check>
void for_each_pair(const Check& check) {
  for (const SourceCase& from : source_cases())
    for (const SinkCase& to : sink_cases()) {
      INFO(from.name << " into " << to.name);
      const Sample sample;
      from.make(sample);
      to.make(sample);
      check(from, to, sample);
    }
}

CopyRequest request_for(const Sample& sample) {
  CopyRequest request{.repo = sample.repo()};
  request.jobs = 2;
  return request;
}

std::string tree_of(const Sample& sample, const SinkCase& to) {
  return sample.lab().sh("[ -e " + to.path + " ] || exit 0; find " + to.path +
                         " -printf '%p %i %m %s %T@ %l\\n' | sort");
}

// A source that keeps no commit arrives with another one, which tells all that git can tell.
void expect_commit(const Snapshot& snapshot, Snapshot& wanted) {
  CHECK(snapshot.commit != wanted.commit);
  CHECK(hash_git_object("commit", snapshot.commit_object).hex() == snapshot.commit);
  CHECK(snapshot.commit_object.find(wanted.commit) != std::string::npos);
  CHECK(snapshot.lists_all);
  wanted.commit = snapshot.commit;
  wanted.commit_object = snapshot.commit_object;
  wanted.lists_all = true;
  for (Entry& entry : wanted.entries)
    if (entry.content->kind() == HashKind::sha256)
      entry.git_oid = pointer_git_oid(*entry.content, entry.size);
}

}  // namespace

TEST_CASE("every source arrives in every sink as the same snapshot, once") {
  for_each_pair([](const SourceCase& from, const SinkCase& to, const Sample& sample) {
    const auto source = from.open(sample);
    auto sink = to.open(sample);
    const CopyRequest request = request_for(sample);
    const std::string before = tree_of(sample, to);
    const CopyPlan plan = plan_copy(*source, *sink, request);
    CHECK_FALSE(plan.is_done());
    CHECK(tree_of(sample, to) == before);
    const CopyPlan done = execute(plan, *source, *sink, request);
    CHECK(done.contents.size() == plan.contents.size());
    for (const ContentStep& step : done.contents) CHECK(step.action == Action::write);

    const auto arrived = to.read(sample);
    Snapshot snapshot = arrived->snapshot(sample.repo(), "main");
    arrived->identify(sample.repo(), snapshot, {});
    snapshot.findings.clear();
    Snapshot wanted = source->snapshot(sample.repo(), "main");
    snapshot.refs = wanted.refs = {};
    // What is not in a commit git has no word for.
    if (to.is_clone) wanted.known_absent.clear();
    if (to.is_clone && wanted.commit_object.empty()) expect_commit(snapshot, wanted);
    CHECK(snapshot == wanted);
    for (const Entry& entry : snapshot.entries)
      CHECK(text_of(arrived->open(sample.repo(), entry)) == sample.file(entry.path).bytes);

    // A sink holds its lock and its staging until it goes.
    sink.reset();
    const std::string after = tree_of(sample, to);
    if (to.is_made_once) {
      CHECK(thrown_by([&] { return to.open(sample) != nullptr; }).cause == Cause::refused);
      CHECK(tree_of(sample, to) == after);
      return;
    }
    sink = to.open(sample);
    CHECK(plan_copy(*source, *sink, request).is_done());
    execute(plan_copy(*source, *sink, request), *source, *sink, request);
    CHECK(tree_of(sample, to) == after);
  });
}

TEST_CASE("a source that lacks a content is refused whole, or taken without it") {
  for_each_pair([](const SourceCase& from, const SinkCase& to, const Sample& sample) {
    sample.lab().sh(from.lose_model);
    const auto source = from.open(sample);
    const auto sink = to.open(sample);
    CopyRequest request = request_for(sample);
    const std::string before = tree_of(sample, to);
    const Thrown thrown = thrown_by([&] { return plan_copy(*source, *sink, request).is_done(); });
    CHECK(thrown.cause == Cause::refused);
    CHECK(thrown.message.find(sample.file("model.bin").etag()) != std::string::npos);
    CHECK(tree_of(sample, to) == before);

    request.missing = Missing::skip;
    execute(plan_copy(*source, *sink, request), *source, *sink, request);
    const auto arrived = to.read(sample);
    Snapshot snapshot = arrived->snapshot(sample.repo(), "main");
    arrived->identify(sample.repo(), snapshot, {});
    REQUIRE(snapshot.find("README.md") != nullptr);
    CHECK_FALSE(arrived->lacks(sample.repo(), *snapshot.find("README.md")));
    const Entry* lost = snapshot.find("model.bin");
    // Without a listing nobody says that it is missing; with one, its absence is known.
    CHECK((lost != nullptr) == from.lists_all);
    if (lost != nullptr) CHECK(arrived->lacks(sample.repo(), *lost));
  });
}
