// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/base64.hpp"

#include "modelcache/base/error.hpp"

#include <openssl/evp.h>

namespace modelcache {

namespace {

// The library counts in int.
constexpr std::size_t longest = std::size_t{1} << 30;

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string base64(std::string_view bytes) {
  if (bytes.size() > longest) throw Error(Cause::internal, "too many bytes for one base64 text");
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // the library writes a NUL behind it
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), as_bytes(bytes),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty()) return std::string();
  if (text.size() % 4 != 0 || text.size() > longest) return {};
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), as_bytes(text),
                                   static_cast<int>(text.size()));
  if (size < 0) return {};
  // The library counts padding as zeros, and skips white space at both ends: what it gives back is compared.
  const std::size_t padding = text.ends_with("==") ? 2 : (text.ends_with('=') ? 1 : 0);
  bytes.resize(static_cast<std::size_t>(size));
  if (bytes.size() < padding) return {};
  bytes.resize(bytes.size() - padding);
  if (base64(bytes) != text) return {};
  return bytes;
}

}  // namespace modelcache
