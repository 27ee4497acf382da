// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/lfs_pointer.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace modelcache {

namespace {

constexpr std::string_view public_version = "https://git-lfs.github.com/spec/v1";
constexpr std::array<std::string_view, 3> versions = {public_version, "https://hawser.github.com/spec/v1",
                                                      "http://git-media.io/v/2"};
constexpr std::array<std::string_view, 3> keys = {"version", "oid", "size"};
constexpr std::string_view sha256_prefix = "sha256:";

struct Extension {
  std::string_view key;
  std::string_view value;
};

// By priority; a key that comes again replaces the value, as git-lfs does it.
using Extensions = std::array<std::optional<Extension>, 10>;

struct Fields {
  std::array<std::string_view, 3> values;  // in the order of `keys`
  Extensions extensions;
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\n\v\f\r";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// "ext-<one digit>-<at least one word character>": what follows that character is free.
bool is_extension_key(std::string_view key) {
  return key.size() >= 7 && key.starts_with("ext-") && is_digit(key[4]) && key[5] == '-' && is_word(key[6]);
}

std::optional<Digest> parse_oid(std::string_view value) {
  if (!value.starts_with(sha256_prefix)) return {};
  return Digest::parse(HashKind::sha256, value.substr(sha256_prefix.size()));
}

bool add_extension(Extensions& extensions, const Extension& extension) {
  if (!is_extension_key(extension.key) || !parse_oid(extension.value)) return false;
  auto& slot = extensions.at(static_cast<std::size_t>(extension.key[4] - '0'));
  if (slot && slot->key != extension.key) return false;
  slot = extension;
  return true;
}

std::optional<Fields> split_fields(std::string_view text) {
  Fields fields;
  std::size_t seen = 0;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || seen == keys.size()) return {};
    const std::string_view key = line.substr(0, space);
    const std::string_view value = line.substr(space + 1);
    if (key == keys.at(seen))
      fields.values.at(seen++) = value;
    else if (!add_extension(fields.extensions, {key, value}))
      return {};
  }
  if (seen != keys.size()) return {};
  return fields;
}

bool is_version(std::string_view value) {
  for (const std::string_view version : versions)
    if (value == version) return true;
  return false;
}

// A sign and leading zeros are fine, as in the reference reader; "-0" is a number too.
std::optional<std::uint64_t> parse_size_field(std::string_view value) {
  if (value.starts_with('+')) {
    value.remove_prefix(1);
    if (value.starts_with('-')) return {};
  }
  std::int64_t size = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, size);
  if (error != std::errc() || stop != end || size < 0) return {};
  return static_cast<std::uint64_t>(size);
}

std::string pointer_text(const Digest& oid, std::uint64_t size, const Extensions& extensions) {
  if (size == 0) return {};
  std::string text = "version " + std::string(public_version) + "\n";
  for (const auto& extension : extensions)
    if (extension) text.append(extension->key).append(" ").append(extension->value).append("\n");
  text += "oid " + std::string(sha256_prefix) + oid.hex() + "\nsize " + std::to_string(size) + "\n";
  return text;
}

}  // namespace

std::optional<LfsPointer> parse_lfs_pointer(std::string_view blob) {
  if (blob.size() >= lfs_pointer_limit) return {};
  const auto fields = split_fields(trimmed(blob));
  if (!fields || !is_version(fields->values[0])) return {};
  const auto oid = parse_oid(fields->values[1]);
  const auto size = parse_size_field(fields->values[2]);
  if (!oid || !size) return {};
  LfsPointer pointer{*oid, *size};
  for (const auto& extension : fields->extensions)
    pointer.has_extensions = pointer.has_extensions || extension.has_value();
  pointer.canonical = blob == pointer_text(*oid, *size, fields->extensions);
  return pointer;
}

std::string canonical_pointer(const Digest& oid, std::uint64_t size) {
  return pointer_text(oid, size, {});
}

std::string lfs_object_path(const Digest& oid) {
  const std::string hex = oid.hex();
  return hex.substr(0, 2) + "/" + hex.substr(2, 2) + "/" + hex;
}

Digest pointer_git_oid(const Digest& oid, std::uint64_t size) {
  return hash_bytes(HashKind::git_sha1, canonical_pointer(oid, size));
}

Digest bare_pointer_git_oid(const Digest& oid, std::uint64_t size) {
  std::string text = canonical_pointer(oid, size);
  if (!text.empty()) text.pop_back();
  return hash_bytes(HashKind::git_sha1, text);
}

}  // namespace modelcache
