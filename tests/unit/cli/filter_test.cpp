// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/filter.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"

using namespace modelcache;
using namespace modelcache::cli;
using modelcache::test::thrown_by;

namespace {

constexpr std::int64_t day = 86400;
constexpr std::int64_t now = 1'700'000'000;

RepoInventory sample() {
  RepoInventory repo;
  repo.type = RepoType::dataset;
  repo.id = "org/data";
  repo.size = 2'000'000'000;
  repo.files = 3;
  repo.refs = {"main", "refs/pr/1"};
  repo.last_accessed = now - 10 * day;
  repo.last_modified = now - 40 * day;
  repo.findings = {make_finding(FindingCode::blob_orphan, "", "", ""),
                   make_finding(FindingCode::vanished, "", "", "")};
  return repo;
}

bool passes(const std::string& expression, const RepoInventory& repo = sample()) {
  return RepoFilter({expression}, now).passes(Layout::hf, repo);
}

std::string ids(std::vector<RepoInventory> repos, const std::string& order) {
  RepoOrder(order).sort(repos);
  std::string text;
  for (const RepoInventory& repo : repos) text += repo.id;
  return text;
}

}  // namespace

TEST_CASE("a filter lets through what it says") {
  for (const char* expression :
       {"size>1GB",       "size > 1GB",   "size>=2G",      "size<=2000000000", "size=2G",
        "size!=1",        "size>1.5GB",   "accessed>9d",   "accessed<2w",      "modified>1mo",
        "modified<1y",    "type=dataset", "type=datasets", "type!=model",      "refs=main",
        "refs~refs/pr/*", "refs!=dev",    "repo~org/*",    "repo=org/data",    "repo!=x",
        "layout=hf",      "layout!=dir",  "findings>0",    "findings=2",       "findings<=2"}) {
    CAPTURE(expression);
    CHECK(passes(expression));
  }
}

TEST_CASE("a filter keeps back what it does not say") {
  for (const char* expression :
       {"size>2G", "size<2G", "size>1.9GiB", "accessed>10d", "accessed<10d", "modified<7d", "type=model",
        "type!=dataset", "type~mod*", "refs=mai", "refs!=main", "refs~dev*", "repo~other/*", "repo=org",
        "layout=clone", "layout!=hf", "findings>2", "findings=0"}) {
    CAPTURE(expression);
    CHECK_FALSE(passes(expression));
  }
}

TEST_CASE("all filters must hold, and none lets all through") {
  CHECK(RepoFilter({}, now).passes(Layout::hf, sample()));
  CHECK(RepoFilter({"size>1GB", "type=dataset"}, now).passes(Layout::hf, sample()));
  CHECK_FALSE(RepoFilter({"size>1GB", "type=model"}, now).passes(Layout::hf, sample()));
}

TEST_CASE("nothing is said about times that are unknown, and the future is not old") {
  RepoInventory repo = sample();
  repo.last_accessed = 0;
  CHECK_FALSE(passes("accessed>30d", repo));
  CHECK_FALSE(passes("accessed<30d", repo));
  repo.last_accessed = now + day;
  CHECK(passes("accessed<1s", repo));
  CHECK_FALSE(passes("accessed>0", repo));
}

TEST_CASE("what is no filter is a usage error that shows the grammar") {
  for (const char* expression :
       {"",       "size",       ">1",          "size>",    "size>big",      "size==5",
        "size~5", "size>-1",    "accessed>30", "weight>1", "type=modell",   "type>model",
        "type=",  "layout=hub", "refs>main",   "repo<a",   "findings>some", "accessed~1d",
        "Size>1", "size=>1",    "a\x1b[2J=1"}) {
    CAPTURE(expression);
    const auto thrown = thrown_by([&] { return RepoFilter({expression}, now); });
    if (std::string(expression) == "accessed>30") {
      CHECK_FALSE(thrown.cause.has_value());  // plain digits are seconds
      continue;
    }
    CHECK(thrown.cause == Cause::usage);
    CHECK(thrown.message.find("KEY OP VALUE") != std::string::npos);
    CHECK(thrown.message.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("repos are sorted by each key: names up and amounts down, or as it is said") {
  RepoInventory a = sample();
  RepoInventory b = sample();
  RepoInventory c = sample();
  a.id = "a", b.id = "b", c.id = "c";
  b.size += 1, c.files += 1, c.last_accessed += 1, a.last_modified += 1;
  b.revisions.resize(2);
  const std::vector<RepoInventory> repos{c, a, b};
  CHECK(ids(repos, "id") == "abc");
  CHECK(ids(repos, "id:asc") == "abc");
  CHECK(ids(repos, "id:desc") == "cba");
  CHECK(ids(repos, "size") == "bca");
  CHECK(ids(repos, "size:asc") == "cab");
  CHECK(ids(repos, "files") == "cab");
  CHECK(ids(repos, "accessed") == "cab");
  CHECK(ids(repos, "modified") == "acb");
  CHECK(ids(repos, "revisions") == "bca");
}

TEST_CASE("what is no sort key is a usage error that lists the keys") {
  for (const char* text : {"", "name", "id:", "id:up", "size:desc:asc", ":asc"}) {
    CAPTURE(text);
    const auto thrown = thrown_by([&] { return RepoOrder(text); });
    CHECK(thrown.cause == Cause::usage);
    CHECK(thrown.message.find("accessed, modified, files or revisions") != std::string::npos);
  }
}
