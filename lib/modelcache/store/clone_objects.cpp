// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/clone_objects.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <variant>
#include <vector>

namespace modelcache {

namespace {

constexpr std::string_view temporary = "tmp_pack";
constexpr std::uint32_t pack_mode = 0444;
constexpr std::uint64_t largest_whole = std::uint64_t{1} << 20;
constexpr std::size_t piece_size = std::size_t{1} << 18;

[[noreturn]] void refuse(const Content& content, const Entry& entry, const Digest& actual) {
  throw_error(Cause::refused, "take", content.path,
              "its content is " + actual.text() + ", not " + entry.content->text());
}

void require_size(const Entry& entry, const Content& content) {
  std::uint64_t size = 0;
  if (const auto* bytes = std::get_if<std::string>(&content.from)) {
    size = bytes->size();
  } else {
    struct stat status {};
    if (::fstat(std::get<Fd>(content.from).get(), &status) != 0) throw_errno(errno, "look at", content.path);
    size = static_cast<std::uint64_t>(status.st_size);
  }
  if (size != entry.size)
    throw_error(Cause::refused, "take", content.path,
                "it has " + std::to_string(size) + " bytes, not " + std::to_string(entry.size));
}

// Fills `buffer` from there, less where the file ends.
void read_at(const Fd& file, std::uint64_t offset, std::string& buffer, std::string_view path) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t count = ::pread(file.get(), buffer.data() + filled, buffer.size() - filled,
                                  static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(errno, "read", path);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  buffer.resize(filled);
}

void require_going_on(const PutOptions& options) {
  if (options.cancelled != nullptr && options.cancelled->load(std::memory_order_relaxed))
    throw Error(Cause::io, "cannot go on: interrupted", EINTR);
}

}  // namespace

CloneObjects::CloneObjects(const Dir& git)
    : packs_(git.make_dirs("objects/pack")),
      file_(packs_.create_file(temporary, pack_mode)),
      path_(packs_.path_of(temporary)) {}

bool CloneObjects::holds(const Digest& oid) const {
  const std::scoped_lock lock(mutex_);
  return places_.contains(oid);
}

bool CloneObjects::put(const Entry& entry, const Content& content, const PutOptions& options) {
  if (holds(*entry.content)) return false;
  require_going_on(options);
  require_size(entry, content);
  if (const auto* bytes = std::get_if<std::string>(&content.from)) return put_whole(entry, *bytes, content);
  if (entry.size > largest_whole) return put_streamed(entry, content, options);
  std::string bytes(entry.size, '\0');
  read_at(std::get<Fd>(content.from), 0, bytes, content.path);
  if (options.progress) options.progress(bytes.size());
  return put_whole(entry, bytes, content);
}

bool CloneObjects::put_whole(const Entry& entry, std::string_view bytes, const Content& content) {
  const Digest actual = hash_bytes(HashKind::git_sha1, bytes);
  if (actual != *entry.content) refuse(content, entry, actual);
  const std::scoped_lock lock(mutex_);
  if (places_.contains(actual)) return false;
  append(PackedType::blob, actual, bytes);
  return true;
}

// Only what comes out of its hash moves end_, so what is refused is written over.
bool CloneObjects::put_streamed(const Entry& entry, const Content& content, const PutOptions& options) {
  const std::scoped_lock lock(mutex_);
  if (places_.contains(*entry.content)) return false;
  Hasher hasher(HashKind::git_sha1, entry.size);
  PackedObjectWriter writer;
  std::string packed;
  std::uint64_t at = end_;
  writer.start(PackedType::blob, entry.size, packed);
  for (std::uint64_t done = 0; done < entry.size;) {
    require_going_on(options);
    std::string piece(std::min<std::uint64_t>(piece_size, entry.size - done), '\0');
    read_at(std::get<Fd>(content.from), done, piece, content.path);
    if (piece.empty()) break;
    done += piece.size();
    hasher.update(piece);
    writer.add(piece, packed);
    write(packed, at);
    at += packed.size();
    packed.clear();
    if (options.progress) options.progress(piece.size());
  }
  const Digest actual = hasher.finish();
  if (actual != *entry.content) refuse(content, entry, actual);
  writer.finish(packed);
  write(packed, at);
  at += packed.size();
  places_.emplace(actual, Place{entry.size, end_, at - end_, writer.crc()});
  end_ = at;
  return true;
}

void CloneObjects::add(PackedType type, const Digest& oid, std::string_view bytes) {
  const std::scoped_lock lock(mutex_);
  if (!places_.contains(oid)) append(type, oid, bytes);
}

void CloneObjects::append(PackedType type, const Digest& oid, std::string_view bytes) {
  PackedObjectWriter writer;
  std::string packed;
  writer.start(type, bytes.size(), packed);
  writer.add(bytes, packed);
  writer.finish(packed);
  write(packed, end_);
  places_.emplace(oid, Place{bytes.size(), end_, packed.size(), writer.crc()});
  end_ += packed.size();
}

void CloneObjects::write(std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(errno, "write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

std::string_view CloneObjects::read_piece(std::string& buffer, std::uint64_t offset,
                                          std::uint64_t end) const {
  buffer.resize(std::min<std::uint64_t>(piece_size, end - offset));
  read_at(file_, offset, buffer, path_);
  if (buffer.empty()) throw_error(Cause::refused, "read", path_, "it was cut while it was written");
  return buffer;
}

void CloneObjects::read(const Digest& oid, const std::function<void(std::string_view)>& take) const {
  Place place;
  {
    const std::scoped_lock lock(mutex_);
    place = places_.at(oid);
  }
  Hasher hasher(HashKind::git_sha1, place.size);
  PackedObjectReader reader;
  std::string buffer;
  const std::uint64_t end = place.offset + place.length;
  for (std::uint64_t at = place.offset; at < end; at += buffer.size())
    for (const std::string_view piece : reader.read(read_piece(buffer, at, end))) {
      hasher.update(piece);
      take(piece);
    }
  if (hasher.finish() != oid)
    throw_error(Cause::refused, "read", path_, "it was changed while it was written");
}

Digest CloneObjects::checksum() const {
  Hasher hasher = Hasher::plain_sha1();
  std::string buffer;
  for (std::uint64_t at = 0; at < end_; at += buffer.size()) hasher.update(read_piece(buffer, at, end_));
  return hasher.finish();
}

void CloneObjects::finish() {
  const std::scoped_lock lock(mutex_);
  if (places_.size() > std::numeric_limits<std::uint32_t>::max())
    throw_error(Cause::refused, "write", path_, "git has no more than 4 billion objects in a pack");
  write(pack_header(static_cast<std::uint32_t>(places_.size())), 0);
  if (::ftruncate(file_.get(), static_cast<off_t>(end_)) != 0) throw_errno(errno, "write", path_);
  const Digest sum = checksum();
  const auto bytes = sum.bytes();
  write({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, end_);
  std::vector<PackedObject> objects;
  objects.reserve(places_.size());
  for (const auto& [oid, place] : places_) objects.push_back({oid, place.offset, place.crc});
  const std::string name = "pack-" + sum.hex();
  packs_.rename(temporary, name + ".pack", Dir::IfExists::keep);
  AtomicFile index(packs_, packs_, name + ".idx", pack_mode);
  index.write(write_pack_index(std::move(objects), sum));
  index.publish(Dir::IfExists::keep, AtomicFile::NameSync::all_by_caller);
}

}  // namespace modelcache
