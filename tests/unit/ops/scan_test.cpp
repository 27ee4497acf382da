// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/scan.hpp"

#include "support/cache_builder.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"

using namespace modelcache;
using namespace modelcache::test;

using Strings = std::vector<std::string>;

TEST_CASE("caches are scanned in the order they are named, repos in that of their folders") {
  const CacheBuilder one;
  const CacheBuilder two;
  for (const char* folder : {"models--b", "datasets--z", "models--a"}) one.demo(folder);
  one.dir().write("stray", "");
  two.demo("models--only");
  const unsigned jobs = GENERATE(1u, 4u);
  const auto scans = scan({{{Layout::hf, two.root()}, {Layout::hf, one.root()}}, Detail::files, jobs});
  REQUIRE(scans.size() == 2);
  CHECK(scans[0].cache.path == two.root());
  CHECK(scans[0].cache.layout == Layout::hf);
  CHECK(scans[1].cache.repos == 3);
  Strings ids;
  for (const RepoInventory& repo : scans[1].repos) ids.push_back(repo.id);
  CHECK(ids == Strings{"z", "a", "b"});
  REQUIRE(scans[1].cache.findings.size() == 1);
  CHECK(scans[1].cache.findings[0].code == FindingCode::stray_entry);
  CHECK(scans[1].cache.size == 3 * 5008);
}

TEST_CASE("many threads say what one says") {
  const CacheBuilder cache;
  const std::string shared(3000, 's');
  for (int i = 100; i < 140; ++i) {
    const RepoBuilder repo = cache.demo("models--r" + std::to_string(i));
    repo.link(commit_1, "shared.bin", repo.shared_blob(shared));
  }
  const auto with = [&](unsigned jobs) {
    return scan({{{Layout::hf, cache.root()}}, Detail::files, jobs}).front();
  };
  const CacheScan one = with(1);
  const CacheScan many = with(8);
  CHECK(one.cache.size == 40 * 5008 + 3000);
  CHECK(many.cache.size == one.cache.size);
  CHECK(many.cache.allocated == one.cache.allocated);
  REQUIRE(many.repos.size() == 40);
  for (std::size_t i = 0; i < many.repos.size(); ++i) {
    CHECK(many.repos[i].id == one.repos[i].id);
    CHECK(many.repos[i].size == 8008);
  }
}

TEST_CASE("a place that is not there is told, and so is a layout without an inventory") {
  const CacheBuilder cache;
  const auto thrown = [](const Place& place) {
    return thrown_by([&] { return scan({{place}, Detail::files, 1}); });
  };
  CHECK(thrown({Layout::hf, cache.root() + "/none"}).cause == Cause::not_found);
  CHECK(thrown({Layout::dir, cache.root()}).cause == Cause::usage);
  CHECK(scan({{}, Detail::files, 1}).empty());
}
