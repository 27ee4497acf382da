// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/file_lock.hpp"

#include "hf_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string blob_b(64, 'b');

}  // namespace

TEST_CASE("a download that holds its lock is running and its space is not free") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  const std::string partial = repo.path("blobs/" + blob_b + ".01234567.incomplete");
  cache.dir().write(partial, "half");
  cache.dir().make_dir(".locks/" + repo.folder());
  const auto locks = GENERATE(as<std::string>(), ".locks/models--org--demo", "models--org--demo/blobs");
  const FileLock lock = FileLock::acquire(cache.dir().open().open_dir(locks), blob_b + ".lock", {});
  const RepoInventory found = take_stock(cache.root()).repo();
  CHECK(told(found.findings) == Strings{"partial_download note " + partial});
  CHECK(found.findings[0].detail == "a download that is running");
  CHECK(found.reclaimable == 0);
}

TEST_CASE("locks that cannot be looked at leave the rest of the repo readable") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  cache.dir().write(repo.path("blobs/" + blob_b + ".01234567.incomplete"), "half");
  const auto instead = GENERATE(as<std::string>(), "link", "file", "linked folder", "linked lock");
  if (instead == "link") cache.dir().link("elsewhere", ".locks");
  if (instead == "file") cache.dir().write(".locks", "");
  if (instead == "linked folder") cache.dir().link("../elsewhere", ".locks/models--org--demo");
  if (instead == "linked lock") cache.dir().link("x", ".locks/models--org--demo/" + blob_b + ".lock");
  const RepoInventory found = take_stock(cache.root()).repo();
  CHECK(told(found.findings) ==
        Strings{"partial_download note " + repo.path("blobs/" + blob_b + ".01234567.incomplete")});
  CHECK(found.size == 5008);
  // Nobody knows whether it is dead.
  CHECK(found.reclaimable == 0);
}
