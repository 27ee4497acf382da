// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a content is, by its hash. Promise: two equal Digests of one kind name equal bytes; a Digest read from
// text is well-formed.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace modelcache {

enum class HashKind : std::uint8_t {
  git_sha1,  // of "<type> <size>\0" and the bytes: how git names a file (a "blob") or other object, 40 hex
             // digits
  sha256,    // of the bytes: how git-lfs and the hub name a large file, 64 hex digits
};

class Digest {
 public:
  // Lower-case hexadecimal of the right length only.
  static std::optional<Digest> parse(HashKind kind, std::string_view hex);
  // The kind from the length: 40 is git_sha1, 64 is sha256. This is how blobs in a hub cache are named.
  static std::optional<Digest> from_blob_name(std::string_view name);
  // `bytes` holds 20 or 32 bytes as the kind asks.
  static Digest from_bytes(HashKind kind, std::span<const unsigned char> bytes);

  HashKind kind() const noexcept { return kind_; }
  std::span<const unsigned char> bytes() const noexcept;
  std::string hex() const;
  // "git-sha1:<hex>" or "sha256:<hex>"
  std::string text() const;

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  Digest() = default;

  HashKind kind_ = HashKind::sha256;
  std::array<unsigned char, 32> bytes_{};
};

// Hashes a stream of known length.
class Hasher {
 public:
  // `size` in bytes is part of what git_sha1 hashes, as of a file; sha256 ignores it.
  Hasher(HashKind kind, std::uint64_t size);
  // Plain SHA-1, with which git ends its packs and indexes. It names no content: of the Digest that finish()
  // gives the bytes alone mean something.
  static Hasher plain_sha1();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  void update(std::span<const std::byte> bytes);
  void update(std::string_view bytes);
  // Call once, after the last update.
  Digest finish();

 private:
  friend Digest hash_git_object(std::string_view type, std::string_view bytes);
  Hasher(HashKind kind, std::string_view type, std::uint64_t size);

  struct State;
  explicit Hasher(HashKind kind);
  std::unique_ptr<State> state_;
};

Digest hash_bytes(HashKind kind, std::string_view bytes);
// The git_sha1 of an object of any type: "blob", "tree", "commit", "tag".
Digest hash_git_object(std::string_view type, std::string_view bytes);

}  // namespace modelcache

template <>
struct std::hash<modelcache::Digest> {
  std::size_t operator()(const modelcache::Digest& digest) const noexcept;
};
