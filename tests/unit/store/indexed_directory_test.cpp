// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/indexed_directory.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

TEST_CASE("files are hashed by those of their hashes that are wanted, and each is told once") {
  const TempDir temp;
  const IndexedDirectory directory(temp.path());
  std::vector<FileToHash> files;
  std::vector<std::string> names;
  std::uint64_t size = 0;
  for (const std::size_t length : {0u, 900u, 5000u, 300'000u})
    for (const auto& [as_plain, as_large] :
         {std::pair(true, true), std::pair(true, false), std::pair(false, true)}) {
      names.push_back("file" + std::to_string(names.size()));
      temp.write(names.back(), std::string(length, 'x'));
      files.push_back({RelPath::parse(names.back()).value(), length, as_plain, as_large});
      size += length;
    }
  for (const unsigned jobs : {1u, 3u}) {
    std::mutex mutex;
    std::vector<std::string> started;
    std::atomic<std::uint64_t> read{0};
    HashingOptions options;
    options.how.jobs = jobs;
    options.starting = [&](std::string_view path) {
      const std::scoped_lock lock(mutex);
      started.emplace_back(path);
    };
    options.progress = [&](std::uint64_t bytes) { read += bytes; };
    const auto hashed = directory.hash(files, options);
    REQUIRE(hashed.size() == files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
      CAPTURE(i);
      const std::string bytes(files[i].size, 'x');
      CHECK(hashed[i].flaw.empty());
      CHECK(hashed[i].size == files[i].size);
      CHECK(hashed[i].git.has_value() == files[i].as_plain);
      CHECK(hashed[i].sha256.has_value() == files[i].as_large);
      CHECK(hashed[i].git.value_or(hash_bytes(HashKind::git_sha1, bytes)) ==
            hash_bytes(HashKind::git_sha1, bytes));
      CHECK(hashed[i].sha256.value_or(hash_bytes(HashKind::sha256, bytes)) ==
            hash_bytes(HashKind::sha256, bytes));
    }
    std::sort(started.begin(), started.end());
    std::sort(names.begin(), names.end());
    CHECK(started == names);
    CHECK(read == size);
  }
}

TEST_CASE("a file that is gone or changed has a flaw in place of hashes, and a cancelled run ends") {
  const TempDir temp;
  temp.write("changed", std::string(5000, 'x'));
  temp.make_dir("directory");
  const IndexedDirectory directory(temp.path());
  std::vector<FileToHash> files;
  for (const std::string_view name : {"changed", "directory", "gone"})
    for (const std::uint64_t size : {900u, 6000u})
      for (const bool as_large : {true, false})
        files.push_back({RelPath::parse(name).value(), size, !as_large, as_large});
  for (const HashedFile& one : directory.hash(files, {})) {
    CHECK_FALSE(one.flaw.empty());
    CHECK_FALSE(one.git.has_value());
    CHECK_FALSE(one.sha256.has_value());
  }
  const std::atomic<bool> cancelled{true};
  HashingOptions options;
  options.how.cancelled = &cancelled;
  const std::vector<FileToHash> whole{{RelPath::parse("changed").value(), 5000, false, true}};
  CHECK(thrown_by([&] { return directory.hash(whole, options).size(); }).error_number == EINTR);
}
