// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/text.hpp"

#include "modelcache/base/text_width.hpp"

#include <array>
#include <cstdio>

namespace modelcache {

namespace {

constexpr char32_t not_utf8 = 0xFFFFFFFF;

struct Decoded {
  char32_t code;     // not_utf8 for a byte that is not part of well-formed UTF-8
  std::size_t size;  // bytes taken; 1 for a bad byte
};

Decoded decode(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  std::size_t size = 0;
  char32_t code = 0;
  if (first >= 0xC2 && first <= 0xDF) size = 2, code = first & 0x1F;
  if (first >= 0xE0 && first <= 0xEF) size = 3, code = first & 0x0F;
  if (first >= 0xF0 && first <= 0xF4) size = 4, code = first & 0x07;
  if (size == 0 || bytes.size() < size) return {not_utf8, 1};
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {not_utf8, 1};
    code = (code << 6) | (byte(i) & 0x3F);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {not_utf8, 1};
  return {code, size};
}

bool between(char32_t code, char32_t low, char32_t high) {
  return code >= low && code <= high;
}

// Characters that change how the text around them is shown, end a line, or show nothing at all (Unicode's
// Default_Ignorable_Code_Point).
bool is_unsafe(char32_t code) {
  return between(code, 0x00, 0x1F) || between(code, 0x7F, 0x9F) || code == 0xAD || code == 0x34F ||
         code == 0x61C || between(code, 0x115F, 0x1160) || between(code, 0x17B4, 0x17B5) ||
         between(code, 0x180B, 0x180F) || between(code, 0x200B, 0x200F) || between(code, 0x2028, 0x202E) ||
         between(code, 0x2060, 0x206F) || code == 0x3164 || between(code, 0xFE00, 0xFE0F) || code == 0xFEFF ||
         code == 0xFFA0 || between(code, 0xFFF0, 0xFFFB) || between(code, 0x1BCA0, 0x1BCA3) ||
         between(code, 0x1D173, 0x1D17A) || between(code, 0xE0000, 0xE0FFF);
}

void append_hex(std::string& out, const char* form, unsigned value) {
  std::array<char, 16> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), form, value);
  out.append(buffer.data(), static_cast<std::size_t>(size));
}

void append_escape(std::string& out, char32_t code) {
  switch (code) {
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    case 0x1B:
      out += "\\e";
      return;
    default:
      append_hex(out, code < 0x80 ? "\\x%02x" : "\\u{%x}", static_cast<unsigned>(code));
  }
}

std::size_t columns_of(const Decoded& next) {
  return next.code == not_utf8 ? 1 : detail::columns(next.code);
}

}  // namespace

std::string terminal_safe(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const Decoded next = decode(bytes);
    if (next.code == not_utf8)
      append_hex(out, "\\x%02x", static_cast<unsigned char>(bytes[0]));
    else if (next.code == '\\')
      out += "\\\\";
    else if (is_unsafe(next.code))
      append_escape(out, next.code);
    else
      out.append(bytes.substr(0, next.size));
    bytes.remove_prefix(next.size);
  }
  return out;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const Decoded next = decode(bytes);
    if (next.code == not_utf8) return false;
    bytes.remove_prefix(next.size);
  }
  return true;
}

std::string lossy_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const Decoded next = decode(bytes);
    out.append(next.code == not_utf8 ? std::string_view("\xEF\xBF\xBD") : bytes.substr(0, next.size));
    bytes.remove_prefix(next.size);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Decoded next = decode(text);
    width += columns_of(next);
    text.remove_prefix(next.size);
  }
  return width;
}

std::string fit_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  const std::string_view dots = std::string_view("...").substr(0, width);
  std::size_t left = width - dots.size();
  std::string out;
  while (!text.empty()) {
    const Decoded next = decode(text);
    const std::size_t taken = columns_of(next);
    if (taken > left) break;
    left -= taken;
    out.append(text.substr(0, next.size));
    text.remove_prefix(next.size);
  }
  return out.append(dots);
}

}  // namespace modelcache
