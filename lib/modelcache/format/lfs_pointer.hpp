// SPDX-License-Identifier: Apache-2.0
#pragma once

// The text file that git keeps in place of a large one. Promise: what git-lfs takes for a pointer is one
// here, and nothing else is; what is written here is what git-lfs writes, so its git id is the hub's.

#include "modelcache/base/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// Which text of an LFS pointer an id in an AI Studio index is of: as something tells it, else without the
// final newline; always with it, as git-lfs writes it; always without, as aistudio-sdk does.
enum class PointerNewline : std::uint8_t { automatic, yes, no };

// A blob of this many bytes or more is never a pointer.
inline constexpr std::size_t lfs_pointer_limit = 1024;

struct LfsPointer {
  Digest oid;              // sha256 of the content
  std::uint64_t size = 0;  // bytes that the content is said to have, at most 2^63-1; proves nothing
  // Whether the blob is what git-lfs itself writes for this pointer. If it is not, the blob cannot be made
  // again from oid and size, and its own git id is the one in the tree.
  bool canonical = false;
  // Whether other programs transformed the file before it was stored: oid is of what they made, not of the
  // file in a worktree, and canonical_pointer() gives another text.
  bool has_extensions = false;

  friend bool operator==(const LfsPointer&, const LfsPointer&) = default;
};

// `blob` is all bytes of a file. Nothing when it is not a pointer; so for 0 bytes, which git-lfs calls the
// pointer of the empty file: to a cache that is the ordinary empty file, named by its git id.
std::optional<LfsPointer> parse_lfs_pointer(std::string_view blob);

// The text that git-lfs writes for a content without extensions; no text for size 0. `oid` is a sha256,
// `size` at most 2^63-1.
std::string canonical_pointer(const Digest& oid, std::uint64_t size);

// Where git-lfs keeps a content below lfs/objects: "<2 hex>/<2 hex>/<64 hex>".
std::string lfs_object_path(const Digest& oid);

// The id that the canonical pointer has in a git tree.
Digest pointer_git_oid(const Digest& oid, std::uint64_t size);
// The same of a pointer without its final newline, as aistudio-sdk 0.3.9 uploads them.
Digest bare_pointer_git_oid(const Digest& oid, std::uint64_t size);

}  // namespace modelcache
