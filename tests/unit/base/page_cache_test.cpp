// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/page_cache.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace modelcache;
using test::TempDir;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;
constexpr std::size_t file_size = 68 * mib + 1000;

Fd make_file(const TempDir& temp) {
  temp.write("file", std::string(file_size, 'x'));
  Fd file(::open(temp.path("file").c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(::fsync(file.get()) == 0);
  return file;
}

void drop(const Fd& file) {
  REQUIRE(::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED) == 0);
}

void read(const Fd& file, std::size_t from, std::size_t count) {
  std::string bytes(count, '\0');
  REQUIRE(::pread(file.get(), bytes.data(), count, static_cast<off_t>(from)) == static_cast<ssize_t>(count));
}

std::size_t file_pages() {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (file_size + page - 1) / page;
}

// For each page whether it is in the page cache.
std::vector<unsigned char> pages_of(const Fd& file) {
  std::vector<unsigned char> pages(file_pages());
  void* const mapped = ::mmap(nullptr, file_size, PROT_NONE, MAP_SHARED, file.get(), 0);
  REQUIRE(mapped != MAP_FAILED);
  CHECK(::mincore(mapped, file_size, pages.data()) == 0);
  ::munmap(mapped, file_size);
  for (unsigned char& one : pages) one &= 1;
  return pages;
}

std::size_t count_in(const std::vector<unsigned char>& pages) {
  return static_cast<std::size_t>(std::count(pages.begin(), pages.end(), 1));
}

void read_all_sparing(const Fd& file) {
  ColdParts cold(file, file_size);
  for (std::size_t at = 0; at < file_size; at += mib) {
    const std::size_t count = std::min(mib, file_size - at);
    read(file, at, count);
    cold.passed(file, at + count);
  }
}

}  // namespace

TEST_CASE("what was in the page cache stays there") {
  const TempDir temp;
  const Fd file = make_file(temp);
  read(file, 0, file_size);
  const auto before = pages_of(file);
  read_all_sparing(file);
  // A system short of memory lets go of some by itself.
  CHECK(2 * count_in(pages_of(file)) >= count_in(before));
}

TEST_CASE("what was not in the page cache is let go, but for what is near to what was") {
  const TempDir temp;
  const Fd file = make_file(temp);
  drop(file);
  // Where files are in memory only, all stays.
  const bool is_kept = count_in(pages_of(file)) > 0;
  read_all_sparing(file);
  CHECK((2 * count_in(pages_of(file)) < file_pages()) == !is_kept);

  drop(file);
  ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_RANDOM);
  // One page in the second of nine parts.
  read(file, 9 * mib + 20'000, 100);
  const auto before = pages_of(file);
  read_all_sparing(file);
  const auto after = pages_of(file);
  std::size_t gone = 0;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i] == 1 && after[i] == 0) ++gone;
  CHECK(2 * gone <= count_in(before));
  CHECK((count_in(after) < after.size()) == !is_kept);
}

TEST_CASE("an empty file has nothing to let go") {
  const TempDir temp;
  temp.write("empty", "");
  const Fd file(::open(temp.path("empty").c_str(), O_RDONLY | O_CLOEXEC));
  ColdParts cold(file, 0);
  cold.passed(file, 0);
  CHECK(temp.read("empty").empty());
}
