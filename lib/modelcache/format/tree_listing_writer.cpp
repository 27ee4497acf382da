// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/tree_listing.hpp"

namespace modelcache {

namespace {

void append_unit(std::string& out, std::uint32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> shift) & 0xf];
}

void append_code_point(std::string& out, std::uint32_t code_point) {
  if (code_point < 0x10000) return append_unit(out, code_point);
  const std::uint32_t offset = code_point - 0x10000;
  append_unit(out, 0xd800 + (offset >> 10));
  append_unit(out, 0xdc00 + (offset & 0x3ff));
}

void append_ascii(std::string& out, char c) {
  constexpr std::string_view special = "\"\\\n\r\t\b\f";
  constexpr std::string_view letters = "\"\\nrtbf";
  const std::size_t at = special.find(c);
  if (at != std::string_view::npos)
    out.append("\\").append(1, letters[at]);
  else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
    append_unit(out, static_cast<unsigned char>(c));
  else
    out += c;
}

// The code point that begins at text[i], which is well-formed UTF-8; moves `i` behind it.
std::uint32_t take_code_point(std::string_view text, std::size_t& i) {
  const auto lead = static_cast<unsigned char>(text[i++]);
  const int more = lead < 0xe0 ? 1 : (lead < 0xf0 ? 2 : 3);
  std::uint32_t code_point = lead & (0x3fU >> more);
  for (int k = 0; k < more; ++k)
    code_point = code_point << 6 | (static_cast<unsigned char>(text[i++]) & 0x3fU);
  return code_point;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80)
      append_ascii(out, text[i++]);
    else
      append_code_point(out, take_code_point(text, i));
  }
  out += '"';
}

void append_file(std::string& out, const ListedFile& file) {
  out += "\n  ";
  append_string(out, file.path);
  out += ": {\n   \"size\": " + std::to_string(file.size);
  out += ",\n   \"blob_id\": \"" + file.blob_id.hex() + '"';
  if (file.lfs_sha256) {
    out += ",\n   \"lfs_sha256\": \"" + file.lfs_sha256->hex() + '"';
    out += ",\n   \"lfs_size\": " + (file.lfs_size ? std::to_string(*file.lfs_size) : "null");
  }
  if (!file.xet_hash.empty()) out += ",\n   \"xet_hash\": \"" + file.xet_hash + '"';
  out += "\n  }";
}

}  // namespace

std::string write_tree_listing(const TreeListing& listing) {
  std::string out = "{\n \"format_version\": 1,\n \"files\": {";
  bool first = true;
  for (const ListedFile& file : listing.files) {
    if (!is_utf8(file.path)) throw_error(Cause::refused, "list", file.path, "its name is not UTF-8");
    if (!first) out += ',';
    first = false;
    append_file(out, file);
  }
  if (!first) out += "\n ";
  return out + "}\n}";
}

}  // namespace modelcache
