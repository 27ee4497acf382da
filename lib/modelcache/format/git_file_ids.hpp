// SPDX-License-Identifier: Apache-2.0
#pragma once

// The ids that a file can have in a git tree: its own, or that of a pointer of git-lfs, or of aistudio-sdk,
// to it. Promise: one answer to whether an id is a file's.

#include "modelcache/base/digest.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace modelcache {

// What a file was hashed to; a pointer is made of the second.
struct FileHashes {
  std::optional<Digest> git;
  std::optional<Digest> sha256;
  std::uint64_t size = 0;  // bytes

  const std::optional<Digest>& of(HashKind kind) const { return kind == HashKind::sha256 ? sha256 : git; }
  void add(const Digest& digest) { (digest.kind() == HashKind::sha256 ? sha256 : git) = digest; }
};

enum class IdForm { plain, bare_pointer, pointer };

struct FileId {
  IdForm form;
  Digest id;
};

// Precondition: the hash that it is made of is there.
FileId make_id(const FileHashes& hashes, IdForm form);
// The one that `text` is, or is the beginning of; nothing when it is none of those that the hashes tell. An
// empty file has no pointer.
std::optional<FileId> find_id(const FileHashes& hashes, std::string_view text);

}  // namespace modelcache
