// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/manifest.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/manifest_builder.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace modelcache {

namespace {

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string_view kind_by_length(std::size_t digits) {
  static constexpr std::array<std::pair<std::size_t, std::string_view>, 5> kinds{
      {{32, "an md5"}, {40, "a sha1"}, {56, "a sha224"}, {96, "a sha384"}, {128, "a sha512"}}};
  const auto* const found =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one.first == digits; });
  return found == kinds.end() ? std::string_view() : found->second;
}

template <typename Value>
bool merge(std::optional<Value>& known, const std::optional<Value>& more) {
  if (known && more && *known != *more) return false;
  if (!known) known = more;
  return true;
}

JsonFlaw read_any(std::string_view text, ManifestBuilder& files) {
  if (text.size() > manifest_limit) return "it is larger than " + std::to_string(manifest_limit) + " bytes";
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "there is nothing in it";
  if (text[first] == '{' || text[first] == '[') return read_manifest_json(text, files);
  return read_sha256sums(text, files);
}

}  // namespace

JsonFlaw ManifestBuilder::add(std::string_view path, const ManifestEntry& entry) {
  while (path.starts_with("./")) path.remove_prefix(2);
  const auto checked = RelPath::parse(path);
  if (!checked) return "the path " + in_quotes(path) + " is unsafe: " + std::string(*RelPath::flaw(path));
  ManifestEntry& known = files_[*checked];
  if (!merge(known.sha256, entry.sha256) || !merge(known.blob_id, entry.blob_id))
    return in_quotes(path) + " is there with two different digests";
  if (!merge(known.size, entry.size)) return in_quotes(path) + " is there with two different sizes";
  return {};
}

JsonFlaw read_sha256(std::string_view text, std::optional<Digest>& slot) {
  std::string hex(text);
  std::transform(hex.begin(), hex.end(), hex.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  slot = Digest::parse(HashKind::sha256, hex);
  if (slot) return {};
  const std::string_view kind = is_hex(text) ? kind_by_length(text.size()) : std::string_view();
  if (kind.empty()) return "is not 64 hexadecimal digits";
  return "is " + std::string(kind) + ", not a sha256";
}

Manifest parse_manifest(std::string_view text, std::string_view name) {
  ManifestBuilder files;
  JsonFlaw flaw = read_any(text, files);
  Manifest manifest = files.take();
  const bool says_something = std::any_of(manifest.begin(), manifest.end(), [](const auto& file) {
    return file.second.sha256 || file.second.blob_id || file.second.size;
  });
  if (!flaw && !says_something)
    flaw = manifest.empty() ? "there is no file in it" : "it has neither digests nor sizes";
  if (flaw) throw_error(Cause::refused, "read the manifest", name, *flaw);
  return manifest;
}

std::string write_manifest_json(const Manifest& manifest) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [path, entry] : manifest) {
    if (!entry.sha256) continue;
    if (!is_utf8(path.bytes()))
      throw_error(Cause::refused, "list", path,
                  "its name is not UTF-8, which JSON has no form for; sha256sum has");
    json[path.bytes()] = entry.sha256->hex();
  }
  return json.dump(1) + "\n";
}

}  // namespace modelcache
