// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/digest.hpp"

#include "modelcache/base/error.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

namespace modelcache {

namespace {

constexpr std::size_t size_of(HashKind kind) {
  return kind == HashKind::sha256 ? 32 : 20;
}

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

// Fetching an algorithm costs more than hashing a small file, so each is fetched once.
const EVP_MD* algorithm(HashKind kind) {
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return kind == HashKind::sha256 ? sha256 : sha1;
}

void require(int result) {
  if (result != 1) throw Error(Cause::internal, "the hash library failed");
}

}  // namespace

std::optional<Digest> Digest::parse(HashKind kind, std::string_view hex) {
  if (hex.size() != 2 * size_of(kind)) return {};
  Digest digest;
  digest.kind_ = kind;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = value_of(hex[i]);
    const int low = value_of(hex[i + 1]);
    if (high < 0 || low < 0) return {};
    digest.bytes_[i / 2] = static_cast<unsigned char>(high * 16 + low);
  }
  return digest;
}

std::optional<Digest> Digest::from_blob_name(std::string_view name) {
  if (name.size() == 40) return parse(HashKind::git_sha1, name);
  return parse(HashKind::sha256, name);
}

Digest Digest::from_bytes(HashKind kind, std::span<const unsigned char> bytes) {
  if (bytes.size() != size_of(kind)) throw Error(Cause::internal, "a digest has the wrong length");
  Digest digest;
  digest.kind_ = kind;
  std::copy(bytes.begin(), bytes.end(), digest.bytes_.begin());
  return digest;
}

std::span<const unsigned char> Digest::bytes() const noexcept {
  return {bytes_.data(), size_of(kind_)};
}

std::string Digest::hex() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * size_of(kind_));
  for (const unsigned char byte : bytes()) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string Digest::text() const {
  return (kind_ == HashKind::sha256 ? "sha256:" : "git-sha1:") + hex();
}

struct Hasher::State {
  struct Free {
    void operator()(EVP_MD_CTX* used) const { EVP_MD_CTX_free(used); }
  };
  HashKind kind;
  std::unique_ptr<EVP_MD_CTX, Free> context;
};

Hasher::Hasher(HashKind kind, std::uint64_t size) : Hasher(kind, "blob", size) {}

Hasher::Hasher(HashKind kind) : state_(std::make_unique<State>()) {
  state_->kind = kind;
  state_->context.reset(EVP_MD_CTX_new());
  require(state_->context ? 1 : 0);
  require(EVP_DigestInit_ex2(state_->context.get(), algorithm(kind), nullptr));
}

Hasher Hasher::plain_sha1() {
  return Hasher(HashKind::git_sha1);
}

Hasher::Hasher(HashKind kind, std::string_view type, std::uint64_t size) : Hasher(kind) {
  if (kind == HashKind::git_sha1) {
    const std::string header = std::string(type) + ' ' + std::to_string(size);
    update(std::string_view(header.c_str(), header.size() + 1));
  }
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

void Hasher::update(std::string_view bytes) {
  update(std::as_bytes(std::span(bytes)));
}

Digest Hasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  require(EVP_DigestFinal_ex(state_->context.get(), bytes.data(), nullptr));
  return Digest::from_bytes(state_->kind, {bytes.data(), size_of(state_->kind)});
}

Digest hash_bytes(HashKind kind, std::string_view bytes) {
  Hasher hasher(kind, bytes.size());
  hasher.update(bytes);
  return hasher.finish();
}

Digest hash_git_object(std::string_view type, std::string_view bytes) {
  Hasher hasher(HashKind::git_sha1, type, bytes.size());
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace modelcache

std::size_t std::hash<modelcache::Digest>::operator()(const modelcache::Digest& digest) const noexcept {
  // A digest is random already; its first bytes are as good a hash as any.
  std::size_t value = 0;
  std::memcpy(&value, digest.bytes().data(), sizeof value);
  return value;
}
