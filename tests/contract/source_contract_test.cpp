// SPDX-License-Identifier: Apache-2.0
// What every Source does, whatever its layout.
#include "support/catch.hpp"
#include "support/content.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "stores.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

using Strings = std::vector<std::string>;

Snapshot expected(const Sample& sample, const SourceCase& one) {
  Snapshot snapshot = sample.snapshot();
  snapshot.lists_all = one.lists_all;
  if (one.keeps_commit) snapshot.commit_object = sample.commit_object();
  if (one.knows_absent) snapshot.known_absent = {RelPath::parse("absent.json").value()};
  for (Entry& entry : snapshot.entries) {
    if (!one.keeps_commit) entry.mode = FileMode::regular;
    // Only the tree knows the pointer's id.
    if (!one.lists_all && entry.content->kind() == HashKind::sha256) entry.git_oid.reset();
  }
  return snapshot;
}

// Runs `check` on a fresh tree of each layout.
template <typename Check>
void for_each_source(const Check& check) {
  for (const SourceCase& one : source_cases()) {
    INFO(one.name);
    const Sample sample;
    one.make(sample);
    const auto source = one.open(sample);
    check(one, sample, *source);
  }
}

std::string tree_of(const Sample& sample) {
  return sample.lab().sh("find . -path ./home -prune -o -printf '%p %i %m %s %T@ %C@\\n' | sort");
}

}  // namespace

TEST_CASE("a source lists its repos and names, sorted") {
  for_each_source([](const SourceCase&, const Sample& sample, Source& source) {
    const auto repos = source.repos();
    CHECK(std::is_sorted(repos.begin(), repos.end()));
    CHECK(std::count(repos.begin(), repos.end(), sample.repo()) == 1);
    const auto names = source.names(sample.repo());
    CHECK(std::is_sorted(names.begin(), names.end()));
    CHECK(std::adjacent_find(names.begin(), names.end(),
                             [](const auto& a, const auto& b) { return a.name == b.name; }) == names.end());
    CHECK(std::count(names.begin(), names.end(), NamedCommit{"main", sample.commit()}) == 1);
    CHECK(source.default_branch(sample.repo()) == "main");
  });
}

TEST_CASE("a revision is a name, a commit or a prefix of one, and empty where the source itself is") {
  for_each_source([](const SourceCase&, const Sample& sample, Source& source) {
    const RepoId& repo = sample.repo();
    const std::string& commit = sample.commit();
    CHECK(source.select(repo, "main").refs == Strings{"main"});
    for (const std::string& revision : {std::string(), std::string("main"), commit, commit.substr(0, 7)}) {
      INFO(revision);
      const Selected selected = source.select(repo, revision);
      CHECK(selected.commit == commit);
      CHECK(std::count(selected.refs.begin(), selected.refs.end(), "main") == 1);
      CHECK(source.snapshot(repo, revision).commit == commit);
    }
    for (const std::string& revision :
         {std::string("nothing"), std::string(40, '1'), commit.substr(0, 6), commit + "0"}) {
      INFO(revision);
      CHECK(thrown_by([&] { return source.select(repo, revision); }).cause == Cause::not_found);
      CHECK(thrown_by([&] { return source.snapshot(repo, revision); }).cause == Cause::not_found);
    }
  });
}

TEST_CASE("a snapshot is the commit as a value") {
  for_each_source([](const SourceCase& one, const Sample& sample, Source& source) {
    Snapshot snapshot = source.snapshot(sample.repo(), "main");
    CHECK(snapshot.findings.empty());
    snapshot.refs.clear();
    CHECK(snapshot == expected(sample, one));
    snapshot = source.snapshot(sample.repo(), sample.commit());
    snapshot.refs.clear();
    CHECK(snapshot == expected(sample, one));
  });
}

TEST_CASE("each content is the bytes that its entry names") {
  for_each_source([](const SourceCase&, const Sample& sample, Source& source) {
    const Snapshot snapshot = source.snapshot(sample.repo(), "main");
    for (const Entry& entry : snapshot.entries) {
      INFO(entry.path.bytes());
      CHECK_FALSE(source.lacks(sample.repo(), entry));
      const Content content = source.open(sample.repo(), entry);
      CHECK(content.size == entry.size);
      CHECK(text_of(content) == sample.file(entry.path).bytes);
      if (std::holds_alternative<Fd>(content.from))
        CHECK(content.path.starts_with(sample.lab().root() + "/"));
    }
  });
}

TEST_CASE("contents may be opened from several threads at once") {
  for_each_source([](const SourceCase&, const Sample& sample, Source& source) {
    const Snapshot snapshot = source.snapshot(sample.repo(), "main");
    std::atomic<int> bad{0};
    {
      std::vector<std::jthread> threads(4);
      for (std::jthread& thread : threads)
        thread = std::jthread([&] {
          for (const Entry& entry : snapshot.entries)
            bad += text_of(source.open(sample.repo(), entry)) != sample.file(entry.path).bytes;
        });
    }
    CHECK(bad == 0);
  });
}

TEST_CASE("a content that is not there is said to lack, with a reason, and opening it is refused") {
  for_each_source([](const SourceCase& one, const Sample& sample, Source&) {
    sample.lab().sh(one.lose_model);
    const auto source = one.open(sample);
    const Snapshot snapshot = source->snapshot(sample.repo(), "main");
    const Entry* lost = snapshot.find("model.bin");
    REQUIRE(lost != nullptr);
    REQUIRE(lost->content);
    CHECK(lost->content->hex() == sample.file("model.bin").etag());
    CHECK(source->lacks(sample.repo(), *lost).value_or("") != "");
    CHECK(thrown_by([&] { return source->open(sample.repo(), *lost).size; }).cause == Cause::refused);
    const Entry* kept = snapshot.find("README.md");
    REQUIRE(kept != nullptr);
    CHECK_FALSE(source->lacks(sample.repo(), *kept));
  });
}

TEST_CASE("a source changes nothing") {
  for_each_source([](const SourceCase&, const Sample& sample, Source& source) {
    const std::string before = tree_of(sample);
    for (const RepoId& repo : source.repos()) static_cast<void>(source.names(repo));
    const Snapshot snapshot = source.snapshot(sample.repo(), "");
    for (const Entry& entry : snapshot.entries)
      CHECK(text_of(source.open(sample.repo(), entry)).size() == entry.size);
    CHECK(tree_of(sample) == before);
  });
}
