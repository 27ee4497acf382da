// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/file_name.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace modelcache {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Code points that HFS+ does not see in a name.
constexpr std::array<std::string_view, 16> ignored_by_hfs = {
    "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa", "\xe2\x80\xab",
    "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xaa", "\xe2\x81\xab", "\xe2\x81\xac",
    "\xe2\x81\xad", "\xe2\x81\xae", "\xe2\x81\xaf", "\xef\xbb\xbf"};

bool names_git_directory(std::string_view part) {
  std::string plain;
  while (!part.empty()) {
    const auto ignored = std::find_if(ignored_by_hfs.begin(), ignored_by_hfs.end(),
                                      [&](std::string_view one) { return part.starts_with(one); });
    if (ignored != ignored_by_hfs.end()) {
      part.remove_prefix(ignored->size());
      continue;
    }
    const char c = part.front();
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    part.remove_prefix(1);
  }
  // To NTFS what follows a colon is a part of the file, and dots and spaces at the end are nothing.
  plain.resize(std::min(plain.find(':'), plain.size()));
  plain.resize(plain.find_last_not_of(" .") + 1);
  return plain == ".git" || plain == "git~1";
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

bool git_refuses(std::string_view file) {
  while (true) {
    const std::size_t end = file.find_first_of("/\\");
    if (names_git_directory(file.substr(0, end))) return true;
    if (end == std::string_view::npos) return false;
    file.remove_prefix(end + 1);
  }
}

}  // namespace modelcache
