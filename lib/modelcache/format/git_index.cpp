// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_index.hpp"

#include "modelcache/format/big_endian.hpp"

#include <algorithm>

namespace modelcache {

namespace {

constexpr std::size_t longest_counted_name = 0xfff;
constexpr unsigned is_extended = 0x4000;
constexpr unsigned skips_worktree = 0x4000;  // of the extended flags

std::uint32_t mode_bits(FileMode mode) {
  if (mode == FileMode::link) return 0120000;
  return mode == FileMode::executable ? 0100755 : 0100644;
}

// git keeps 32 bits, and 0 means "look at the content". For multiples of 4 GiB git >= 2.43 has this instead;
// older ones look at such a content each time, whatever is here.
std::uint64_t size_bits(std::uint64_t size) {
  const std::uint64_t low = size & 0xffffffff;
  return size != 0 && low == 0 ? 0x80000000 : low;
}

void append_time(std::string& text, const timespec& time) {
  append_big_endian(text, static_cast<std::uint64_t>(time.tv_sec), 4);
  append_big_endian(text, static_cast<std::uint64_t>(time.tv_nsec), 4);
}

void append_status(std::string& text, const GitIndexEntry& entry) {
  const Status status = entry.status.value_or(Status{});
  append_time(text, status.changed);
  append_time(text, status.modified);
  append_big_endian(text, status.device, 4);
  append_big_endian(text, status.inode, 4);
  append_big_endian(text, mode_bits(entry.mode), 4);
  append_big_endian(text, status.owner, 4);
  append_big_endian(text, status.group, 4);
  append_big_endian(text, size_bits(status.size), 4);
}

void append_entry(std::string& text, const GitIndexEntry& entry) {
  const std::size_t begin = text.size();
  append_status(text, entry);
  append_bytes(text, entry.oid);
  const std::string& path = entry.path.bytes();
  const auto length = static_cast<unsigned>(std::min(path.size(), longest_counted_name));
  append_big_endian(text, length | (entry.status ? 0 : is_extended), 2);
  if (!entry.status) append_big_endian(text, skips_worktree, 2);
  text += path;
  text.append(8 - (text.size() - begin) % 8, '\0');
}

}  // namespace

std::string write_git_index(const std::vector<GitIndexEntry>& entries) {
  const bool has_all =
      std::all_of(entries.begin(), entries.end(), [](const auto& entry) { return entry.status.has_value(); });
  std::string text = "DIRC";
  append_big_endian(text, has_all ? 2 : 3, 4);
  append_big_endian(text, entries.size(), 4);
  for (const GitIndexEntry& entry : entries) append_entry(text, entry);
  append_plain_sha1(text);
  return text;
}

}  // namespace modelcache
