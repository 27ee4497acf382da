// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which files git hands to git-lfs, and of which it changes the line ends, by the .gitattributes files of a
// directory. Promise: the same answers as `git check-attr` of git 2.39 gives for the files of a worktree with
// no other attributes (of the system, the user or the clone).

#include "modelcache/format/git_pattern.hpp"
#include "modelcache/model/rel_path.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

// As git: a larger file and a longer line are ignored.
inline constexpr std::size_t git_attributes_limit = std::size_t{100} << 20;
inline constexpr std::size_t git_attributes_line_limit = 2048;

enum class FilterAttribute : std::uint8_t {
  none,   // no line says anything
  lfs,    // filter=lfs
  other,  // another value, or set, unset or reset without one
};

// How git takes the line ends of a file (convert.c of git 2.39: text, eol, and crlf as text was called).
enum class LineEnds : std::uint8_t {
  kept,       // no line says anything, or that they are to be kept
  converted,  // CR LF becomes LF
  automatic,  // the same, in what looks like text
};

struct GitAttributesText {
  std::string directory;  // that holds the file, as a RelPath; empty for the root
  std::string_view text;
};

class GitAttributes {
 public:
  // At most one text for a directory; their order does not matter. What git ignores is ignored: lines with a
  // malformed attribute name, macros below the root, patterns with a leading '!'.
  explicit GitAttributes(const std::vector<GitAttributesText>& files);

  // In the nearest file that says anything, the last line that does.
  FilterAttribute filter(const RelPath& path) const;
  LineEnds line_ends(const RelPath& path) const;

 private:
  friend class GitAttributesReader;

  // What is asked for comes first; the rest are macros.
  enum Attribute : std::size_t {
    filter_attribute,
    text_attribute,
    eol_attribute,
    crlf_attribute,
    binary_macro,
    names
  };
  enum class Value : std::uint8_t { set, unset, lfs, automatic, line_feed, both, input, other };
  struct State {
    std::size_t attribute;
    Value value;
  };
  using States = std::vector<State>;
  struct Line {
    GitPattern pattern;
    States states;
  };

  std::optional<Value> value(const RelPath& path, Attribute wanted) const;
  std::optional<Value> apply(const States& states, Attribute wanted, std::set<std::size_t>& known) const;
  std::optional<LineEnds> line_ends(const RelPath& path, Attribute said_by) const;

  std::map<std::string, std::vector<Line>, std::less<>> files_;  // by directory
  std::vector<States> macros_;                                   // by attribute; empty where it is none
};

}  // namespace modelcache
