// SPDX-License-Identifier: Apache-2.0
#pragma once

// The git objects of a new clone, as one pack:
//
//   .git/objects/pack/pack-<sha1>.pack, .idx     after finish(); a temporary until then
//
// Promise: an object gets into the pack only when its bytes hash to its name. Until finish() git sees
// nothing.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/fd.hpp"
#include "modelcache/format/git_pack.hpp"
#include "modelcache/store/store.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace modelcache {

class CloneObjects {
 public:
  // `git` is the new .git.
  explicit CloneObjects(const Dir& git);
  CloneObjects(const CloneObjects&) = delete;
  CloneObjects& operator=(const CloneObjects&) = delete;

  bool holds(const Digest& oid) const;
  // A regular file. False when it was there. Throws Error(refused) when the content is not what `entry` says.
  // May be called from several threads at once.
  bool put(const Entry& entry, const Content& content, const PutOptions& options);
  // An object of ours; twice does no harm.
  void add(PackedType type, const Digest& oid, std::string_view bytes);
  // Gives the bytes of a file that is held, in order, hashed before: what is not its name's is
  // Error(refused), after the last piece.
  void read(const Digest& oid, const std::function<void(std::string_view)>& take) const;

  // On return git finds all objects; the disk need not have them before the next Dir::sync_file_system().
  void finish();

 private:
  struct Place {
    std::uint64_t size = 0;  // of the content
    std::uint64_t offset = 0;
    std::uint64_t length = 0;  // in the pack
    std::uint32_t crc = 0;
  };

  bool put_whole(const Entry& entry, std::string_view bytes, const Content& content);
  bool put_streamed(const Entry& entry, const Content& content, const PutOptions& options);
  void append(PackedType type, const Digest& oid, std::string_view bytes);
  void write(std::string_view bytes, std::uint64_t offset);
  std::string_view read_piece(std::string& buffer, std::uint64_t offset, std::uint64_t end) const;
  Digest checksum() const;

  Dir packs_;
  Fd file_;
  std::string path_;  // for messages
  mutable std::mutex mutex_;
  std::uint64_t end_ = pack_header_size;
  std::unordered_map<Digest, Place> places_;
};

}  // namespace modelcache
