// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/manifest_builder.hpp"

#include <algorithm>

namespace modelcache {

namespace {

// Coreutils 9 escapes these in a name, and puts a backslash in front of the line.
constexpr std::string_view escaped_bytes = "\\\n\r";
constexpr std::string_view escape_letters = "\\nr";
constexpr std::string_view tag = "SHA256";

struct Parts {
  std::string_view digest;
  std::string_view name;
};

std::optional<std::string> unescaped(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '\\') {
      out += name[i];
      continue;
    }
    const std::size_t letter = ++i < name.size() ? escape_letters.find(name[i]) : std::string_view::npos;
    if (letter == std::string_view::npos) return {};
    out += escaped_bytes[letter];
  }
  return out;
}

// "<digits>  <name>" or "<digits> *<name>"
std::optional<Parts> split_plain(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || space + 2 >= line.size()) return {};
  if (line[space + 1] != ' ' && line[space + 1] != '*') return {};
  return Parts{line.substr(0, space), line.substr(space + 2)};
}

// "<algorithm> (<name>) = <digits>"; the name may hold anything, so both ends are looked for.
std::optional<Parts> split_tagged(std::string_view line, std::string_view& algorithm) {
  constexpr std::string_view open = " (";
  constexpr std::string_view close = ") = ";
  const std::size_t begin = line.find(open);
  const std::size_t end = line.rfind(close);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + open.size())
    return {};
  algorithm = line.substr(0, begin);
  if (algorithm.empty() || algorithm.find(' ') != std::string_view::npos) return {};
  return Parts{line.substr(end + close.size()), line.substr(begin + open.size(), end - begin - open.size())};
}

JsonFlaw read_line(std::string_view line, ManifestBuilder& files) {
  const bool is_escaped = line.starts_with('\\');
  if (is_escaped) line.remove_prefix(1);
  std::string_view algorithm = tag;
  auto parts = split_tagged(line, algorithm);
  if (parts && algorithm != tag) return "a digest of the kind " + in_quotes(algorithm) + ", not a sha256";
  if (!parts) parts = split_plain(line);
  if (!parts) return "it is no line of sha256sum";
  ManifestEntry entry;
  if (const auto flaw = read_sha256(parts->digest, entry.sha256)) return "the digest " + *flaw;
  if (!is_escaped) return files.add(parts->name, entry);
  const auto name = unescaped(parts->name);
  return name ? files.add(*name, entry) : "an escape in the name is unknown";
}

void append_escaped(std::string& out, std::string_view name) {
  for (const char c : name) {
    const std::size_t letter = escaped_bytes.find(c);
    if (letter == std::string_view::npos)
      out += c;
    else
      out.append("\\").append(1, escape_letters[letter]);
  }
}

}  // namespace

JsonFlaw read_sha256sums(std::string_view text, ManifestBuilder& files) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    if (const auto flaw = read_line(line, files)) return "line " + std::to_string(number) + ": " + *flaw;
  }
  return {};
}

std::string write_sha256sums(const Manifest& manifest) {
  std::string out;
  for (const auto& [path, entry] : manifest) {
    if (!entry.sha256) continue;
    const std::string& name = path.bytes();
    if (name.find_first_of(escaped_bytes) != std::string::npos) out += '\\';
    out += entry.sha256->hex() + "  ";
    if (name == "-") out += "./";  // sha256sum -c takes it for its standard input
    append_escaped(out, name);
    out += '\n';
  }
  return out;
}

}  // namespace modelcache
