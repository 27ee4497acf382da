// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/page_cache.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>

namespace modelcache {

namespace {

constexpr std::uint64_t part_size = std::uint64_t{8} << 20;
constexpr std::size_t smallest_page = 4096;

// To ask with preadv2(RWF_NOWAIT) would start reading what is not there (Linux 5.9 and later). A mapping that
// is never touched is safe whatever becomes of the file; who may not write the file is told that all is
// there.
bool is_cold(const Fd& file, std::uint64_t from, std::size_t size) {
  void* const mapped = ::mmap(nullptr, size, PROT_NONE, MAP_SHARED, file.get(), static_cast<off_t>(from));
  if (mapped == MAP_FAILED) return false;
  std::array<unsigned char, part_size / smallest_page> pages{};
  const auto is_missing = [&](std::size_t count) {
    return ::mincore(mapped, count, pages.data()) == 0 &&
           std::none_of(pages.begin(), pages.end(), [](unsigned char page) { return (page & 1) != 0; });
  };
  // The first page tells of most files that are there.
  const bool answer = is_missing(1) && is_missing(size);
  ::munmap(mapped, size);
  return answer;
}

}  // namespace

ColdParts::ColdParts(const Fd& file, std::uint64_t size) : size_(size) {
  for (std::uint64_t part = 0; part < is_cold_.size(); ++part) look_at(file, part);
}

// Long before it is read: what the kernel reads ahead would be taken for what was there. Of a device with 8
// MiB, as virtual disks have, that is up to 32 MiB.
void ColdParts::look_at(const Fd& file, std::uint64_t part) {
  const std::uint64_t from = part * part_size;
  is_cold_[part % is_cold_.size()] =
      from < size_ && is_cold(file, from, static_cast<std::size_t>(std::min(part_size, size_ - from)));
}

void ColdParts::passed(const Fd& file, std::uint64_t end) {
  for (std::uint64_t from = next_ * part_size; from < size_; from = ++next_ * part_size) {
    const bool is_last = size_ - from <= part_size;
    if (end < (is_last ? size_ : from + part_size)) return;
    // To the end of the file, whatever it is: of a page that it names in part the kernel lets nothing go.
    if (is_cold_[next_ % is_cold_.size()])
      ::posix_fadvise(file.get(), static_cast<off_t>(from), is_last ? 0 : static_cast<off_t>(part_size),
                      POSIX_FADV_DONTNEED);
    look_at(file, next_ + is_cold_.size());
  }
}

}  // namespace modelcache
