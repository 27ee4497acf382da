// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/transfer.hpp"

#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  unsigned state = static_cast<unsigned>(size) + 1;
  for (char& c : bytes) c = static_cast<char>((state = state * 1103515245U + 12345U) >> 16);
  return bytes;
}

Fd open_source(const TempDir& temp) {
  return Fd(::open(temp.path("source").c_str(), O_RDWR | O_CLOEXEC));
}

Fd new_target(const TempDir& temp) {
  return Fd(::open(temp.path("target").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

TransferRequest request_for(std::uint64_t size, std::optional<Digest> expected = {}) {
  TransferRequest request;
  request.size = size;
  request.expected = expected;
  request.source_path = "from/source";
  request.target_path = "to/target";
  return request;
}

// What "source" becomes in "target".
test::Thrown transferred(const TempDir& temp, const TransferRequest& request) {
  const Fd from = open_source(temp);
  const Fd to = new_target(temp);
  return thrown_by([&] { return transfer(from, to, request); });
}

}  // namespace

TEST_CASE("a copy holds the source's bytes, whatever its size, hashed or not, shared or not") {
  const auto size = GENERATE(as<std::size_t>(), 0, 1, mib - 1, mib, mib + 1, 8 * mib + 1, 16 * mib - 1,
                             16 * mib, 16 * mib + 1);
  const TempDir temp;
  const std::string bytes = pattern(size);
  temp.write("source", bytes);
  for (const std::optional<HashKind> kind : {std::optional<HashKind>(), std::optional(HashKind::sha256)})
    for (const Sharing sharing : {Sharing::allowed, Sharing::forbidden}) {
      TransferRequest request = request_for(size);
      if (kind) request.expected = hash_bytes(*kind, bytes);
      request.sharing = sharing;
      const Fd from = open_source(temp);
      const Fd to = new_target(temp);
      const Method method = transfer(from, to, request);
      CHECK((method == Method::copy || (sharing == Sharing::allowed && method == Method::reflink)));
      CHECK((temp.read("target") == bytes));
      CHECK((temp.read("source") == bytes));
    }
}

TEST_CASE("progress adds up to the size, and no step is longer than eight MiB") {
  const auto size = GENERATE(as<std::size_t>(), 0, 1, mib, 9 * mib + 7, 17 * mib + 3);
  const TempDir temp;
  const std::string bytes = pattern(size);
  temp.write("source", bytes);
  for (const bool hashed : {false, true})
    for (const Sharing sharing : {Sharing::allowed, Sharing::forbidden}) {
      std::uint64_t sum = 0;
      std::uint64_t longest = 0;
      TransferRequest request = request_for(size);
      if (hashed) request.expected = hash_bytes(HashKind::sha256, bytes);
      request.sharing = sharing;
      request.progress = [&](std::uint64_t step) {
        sum += step;
        longest = std::max(longest, step);
      };
      const Fd from = open_source(temp);
      const Method method = transfer(from, new_target(temp), request);
      CHECK(sum == size);
      CHECK((method == Method::reflink || longest <= 8 * mib));
    }
}

TEST_CASE("a content with another hash is refused, and both hashes are told") {
  const auto size = GENERATE(as<std::size_t>(), 0, 5, mib + 1, 17 * mib);
  const TempDir temp;
  std::string bytes = pattern(size);
  temp.write("source", bytes);
  for (const HashKind kind : {HashKind::sha256, HashKind::git_sha1}) {
    const Digest actual = hash_bytes(kind, bytes);
    const Digest wanted = hash_bytes(kind, bytes + "x");
    const auto thrown = transferred(temp, request_for(size, wanted));
    CHECK(thrown.cause == Cause::refused);
    CHECK(thrown.message ==
          "cannot take 'from/source': its content is " + actual.text() + ", not " + wanted.text());
  }
}

TEST_CASE("one changed bit anywhere is refused") {
  const std::string bytes = pattern(17 * mib);
  for (const std::size_t at : {std::size_t{0}, mib - 1, mib, 16 * mib, 17 * mib - 1}) {
    const TempDir temp;
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    temp.write("source", changed);
    CHECK(transferred(temp, request_for(bytes.size(), hash_bytes(HashKind::sha256, bytes))).cause ==
          Cause::refused);
  }
}

TEST_CASE("a source that is shorter or longer than stated is refused before anything is written") {
  const TempDir temp;
  temp.write("source", pattern(1000));
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{999}, std::uint64_t{1001},
                                   std::uint64_t{1} << 40, std::uint64_t{1} << 62}) {
    const auto thrown = transferred(temp, request_for(size, hash_bytes(HashKind::sha256, pattern(1000))));
    CHECK(thrown.cause == Cause::refused);
    CHECK(thrown.message == "cannot take 'from/source': it has 1000 bytes, not " + std::to_string(size));
    // Nor is space set aside for a size that the source only claims.
    CHECK(temp.status("target").st_size == 0);
    CHECK(temp.status("target").st_blocks == 0);
  }
}

TEST_CASE("a source that changes its size while it is read is refused") {
  const std::size_t size = GENERATE(as<std::size_t>(), 2 * mib, 20 * mib);
  const bool hashed = GENERATE(true, false);
  const std::int64_t change = GENERATE(-static_cast<std::int64_t>(mib) - 1, -1, 1);
  const TempDir temp;
  const std::string bytes = pattern(size);
  temp.write("source", bytes);
  const Fd from = open_source(temp);
  TransferRequest request = request_for(size);
  if (hashed) request.expected = hash_bytes(HashKind::sha256, bytes);
  request.sharing = Sharing::forbidden;
  request.progress = [&](std::uint64_t) {
    REQUIRE(::ftruncate(from.get(), static_cast<off_t>(size) + change) == 0);
  };
  const auto thrown = thrown_by([&] { return transfer(from, new_target(temp), request); });
  CAPTURE(size, hashed, change, thrown.message);
  CHECK(thrown.cause == Cause::refused);
  CHECK(thrown.message.find("while it was read") != std::string::npos);
}

TEST_CASE("a source whose bytes change while they are read is refused, since what arrived is hashed") {
  const std::size_t size = GENERATE(as<std::size_t>(), 2 * mib, 17 * mib);
  const TempDir temp;
  const std::string bytes = pattern(size);
  temp.write("source", bytes);
  const Fd from = open_source(temp);
  TransferRequest request = request_for(size, hash_bytes(HashKind::sha256, bytes));
  request.sharing = Sharing::forbidden;
  request.progress = [&](std::uint64_t) {
    const char other = static_cast<char>(bytes.back() ^ 1);
    REQUIRE(::pwrite(from.get(), &other, 1, static_cast<off_t>(size) - 1) == 1);
  };
  CHECK(thrown_by([&] { return transfer(from, new_target(temp), request); }).cause == Cause::refused);
}

TEST_CASE("a cancelled transfer ends as an interruption, before it starts or between two chunks") {
  const std::size_t size = GENERATE(as<std::size_t>(), 2 * mib, 20 * mib);
  const bool hashed = GENERATE(true, false);
  const bool at_once = GENERATE(true, false);
  const TempDir temp;
  const std::string bytes = pattern(size);
  temp.write("source", bytes);
  std::atomic<bool> cancelled{at_once};
  std::uint64_t sum = 0;
  TransferRequest request = request_for(size);
  if (hashed) request.expected = hash_bytes(HashKind::sha256, bytes);
  request.sharing = Sharing::forbidden;
  request.cancelled = &cancelled;
  request.progress = [&](std::uint64_t step) {
    sum += step;
    cancelled = true;
  };
  const auto thrown = transferred(temp, request);
  CHECK(thrown.cause == Cause::io);
  CHECK(thrown.error_number == EINTR);
  CHECK(sum == (at_once ? 0 : mib));
}

TEST_CASE("what progress throws ends the transfer and comes through") {
  const std::size_t size = GENERATE(as<std::size_t>(), 2 * mib, 20 * mib);
  const TempDir temp;
  const std::string bytes = pattern(size);
  temp.write("source", bytes);
  TransferRequest request = request_for(size, hash_bytes(HashKind::sha256, bytes));
  request.sharing = Sharing::forbidden;
  request.progress = [](std::uint64_t) { throw Error(Cause::busy, "enough"); };
  const auto thrown = transferred(temp, request);
  CHECK(thrown.cause == Cause::busy);
  CHECK(thrown.message == "enough");
}

TEST_CASE("a file is hashed whole, and only when it has the stated size") {
  const auto size = GENERATE(as<std::size_t>(), 0, 1, mib - 1, mib, mib + 1, 3 * mib + 5);
  const TempDir temp;
  const std::string bytes = pattern(size);
  temp.write("source", bytes);
  const Fd file = open_source(temp);
  std::uint64_t sum = 0;
  TransferRequest request = request_for(size);
  request.progress = [&](std::uint64_t step) { sum += step; };
  for (const HashKind kind : {HashKind::sha256, HashKind::git_sha1}) {
    sum = 0;
    CHECK(hash_file(file, kind, request) == hash_bytes(kind, bytes));
    CHECK(sum == size);
    CHECK(thrown_by([&] { return hash_file(file, kind, request_for(size + 1)); }).cause == Cause::refused);
    if (size > 0)
      CHECK(thrown_by([&] { return hash_file(file, kind, request_for(size - 1)); }).cause == Cause::refused);
  }
}

TEST_CASE("a file is hashed in several ways by one reading") {
  const TempDir temp;
  const std::string bytes = pattern(3 * mib + 5);
  temp.write("source", bytes);
  TransferRequest request;
  request.size = bytes.size();
  std::uint64_t seen = 0;
  request.progress = [&](std::uint64_t count) { seen += count; };
  const std::vector<HashKind> kinds{HashKind::sha256, HashKind::git_sha1};
  const auto digests = hash_file(open_source(temp), kinds, request);
  CHECK(digests == std::vector{hash_bytes(HashKind::sha256, bytes), hash_bytes(HashKind::git_sha1, bytes)});
  CHECK(seen == bytes.size());
  CHECK(hash_file(open_source(temp), std::vector<HashKind>(), request).empty());
}

TEST_CASE("a file that changes its size while it is hashed is refused") {
  const off_t change = GENERATE(-1, 1);
  const TempDir temp;
  temp.write("source", pattern(2 * mib));
  const Fd file = open_source(temp);
  TransferRequest request = request_for(2 * mib);
  request.progress = [&](std::uint64_t) {
    REQUIRE(::ftruncate(file.get(), static_cast<off_t>(2 * mib) + change) == 0);
  };
  CHECK(thrown_by([&] { return hash_file(file, HashKind::sha256, request); }).cause == Cause::refused);
}

TEST_CASE("every method has a word") {
  CHECK(to_string(Method::none) == "none");
  CHECK(to_string(Method::reflink) == "reflink");
  CHECK(to_string(Method::hardlink) == "hardlink");
  CHECK(to_string(Method::symlink) == "symlink");
  CHECK(to_string(Method::copy) == "copy");
}
