// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/file_name.hpp"

namespace modelcache {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

bool client_refuses(std::string_view file) {
  if (file.starts_with("/") || file.starts_with("\\")) return true;
  std::string_view rest = file;
  while (true) {
    const std::size_t end = rest.find_first_of("/\\");
    if (rest.substr(0, end) == "..") return true;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  for (rest = file;;) {
    const std::size_t end = rest.find('/');
    const std::string_view part = rest.substr(0, end);
    if (part.starts_with("\\") || (part.size() > 1 && part[1] == ':' && is_letter(part[0]))) return true;
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace modelcache
