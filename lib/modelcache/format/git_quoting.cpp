// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_quoting.hpp"

namespace modelcache {

namespace {

// Bytes that stand for themselves in every form.
bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("/._-+=@%:,").find(c) != std::string_view::npos;
}

bool is_all_plain(std::string_view text) {
  for (const char c : text)
    if (!is_plain(c)) return false;
  return !text.empty();
}

// As C writes a string, which is how git reads a quoted name.
std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      quoted += '\\';
      for (const int shift : {6, 3, 0}) quoted += static_cast<char>('0' + ((byte >> shift) & 7));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

std::string quoted_config_value(std::string_view value) {
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else
      quoted += c;
  }
  return quoted + '"';
}

std::string lfs_attributes_line(const RelPath& path) {
  std::string pattern = "/";
  for (const char c : path.bytes()) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return (is_all_plain(pattern) ? pattern : in_quotes(pattern)) + " filter=lfs diff=lfs merge=lfs -text\n";
}

std::string quoted_shell_word(std::string_view text) {
  if (is_all_plain(text)) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

}  // namespace modelcache
