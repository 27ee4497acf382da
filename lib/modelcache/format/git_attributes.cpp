// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_attributes.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>

namespace modelcache {

namespace {

constexpr std::string_view blank = " \t\r\n";
constexpr std::string_view macro_prefix = "[attr]";

std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, std::min(rest.find_first_of(blank), rest.size()));
  rest.remove_prefix(word.size());
  return word;
}

void skip_blank(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(blank), rest.size()));
}

bool is_attribute_name(std::string_view name) {
  constexpr std::string_view allowed = "-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return !name.empty() && name[0] != '-' && name.find_first_not_of(allowed) == std::string_view::npos;
}

// Three octal digits up to 377.
std::optional<char> octal(std::string_view text) {
  if (text.size() < 3 || text[0] < '0' || text[0] > '3') return {};
  int value = 0;
  for (const char c : text.substr(0, 3)) {
    if (c < '0' || c > '7') return {};
    value = value * 8 + (c - '0');
  }
  return static_cast<char>(value);
}

// A name in quotes as git writes it, at the front of `rest`; moves `rest` behind it. Nothing, and `rest`
// stays, where it is not one.
std::optional<std::string> take_quoted(std::string_view& rest) {
  constexpr std::string_view letters = "abfnrtv\\\"";
  constexpr std::string_view bytes = "\a\b\f\n\r\t\v\\\"";
  if (!rest.starts_with('"')) return {};
  std::string name;
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      rest.remove_prefix(at + 1);
      return name;
    }
    if (rest[at] != '\\') {
      name += rest[at];
      continue;
    }
    if (++at == rest.size()) return {};
    if (const std::size_t letter = letters.find(rest[at]); letter != std::string_view::npos) {
      name += bytes[letter];
    } else if (const auto byte = octal(rest.substr(at))) {
      name += *byte;
      at += 2;
    } else {
      return {};
    }
  }
  return {};
}

}  // namespace

class GitAttributesReader {
 public:
  explicit GitAttributesReader(GitAttributes& attributes) : attributes_(attributes) {
    attributes_.macros_.resize(GitAttributes::names);
    // The only macro that git brings with it; of what it says nothing else is asked for.
    attributes_.macros_[GitAttributes::binary_macro] = {{GitAttributes::text_attribute, Value::unset}};
  }

  // Of the root's file alone, and before any line is read.
  void read_macro_names(std::string_view text) {
    for_each_line(text, [&](const Line& line) {
      if (!line.is_macro) return;
      names_.emplace(line.name, names_.size());
      attributes_.macros_.resize(names_.size());
    });
  }

  void read(const std::string& directory, std::string_view text) {
    std::vector<GitAttributes::Line>& lines = attributes_.files_[directory];
    for_each_line(text, [&](const Line& line) {
      GitAttributes::States states = known_states(line);
      if (line.is_macro) {
        if (directory.empty()) attributes_.macros_[names_.find(line.name)->second] = std::move(states);
      } else if (!states.empty() && !line.name.starts_with('!')) {
        lines.push_back({GitPattern(line.name), std::move(states)});
      }
    });
  }

 private:
  using Value = GitAttributes::Value;

  struct Line {
    bool is_macro = false;
    std::string name;  // the pattern, or the name of the macro
    std::vector<std::pair<std::string_view, Value>> states;
  };

  template <typename Take>
  static void for_each_line(std::string_view text, const Take& take) {
    if (text.size() >= git_attributes_limit) return;
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      if (const auto line = parse(text.substr(0, end))) take(*line);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  static std::optional<Line> parse(std::string_view text) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    text = text.substr(0, text.find('\0'));  // a text of C to git
    if (text.size() >= git_attributes_line_limit) return {};
    skip_blank(text);
    if (text.empty() || text[0] == '#') return {};
    Line line;
    if (auto quoted = take_quoted(text))
      line.name = quoted->substr(0, quoted->find('\0'));
    else
      line.name = take_word(text);
    if (line.name.size() > macro_prefix.size() && line.name.starts_with(macro_prefix)) {
      std::string_view rest = std::string_view(line.name).substr(macro_prefix.size());
      skip_blank(rest);
      line.name = std::string(take_word(rest));
      line.is_macro = true;
      if (!is_attribute_name(line.name)) return {};
    }
    if (!parse_states(text, line)) return {};
    return line;
  }

  // One malformed name spoils the line.
  static bool parse_states(std::string_view text, Line& line) {
    for (skip_blank(text); !text.empty(); skip_blank(text)) {
      const std::string_view word = take_word(text);
      const std::size_t equals = word.find('=');
      std::string_view name = word.substr(0, equals);
      const bool has_sign = name.starts_with('-') || name.starts_with('!');
      if (has_sign) name.remove_prefix(1);
      if (!is_attribute_name(name)) return false;
      Value value = Value::set;
      if (has_sign)
        value = word[0] == '-' ? Value::unset : Value::other;
      else if (equals != std::string_view::npos)
        value = value_of(word.substr(equals + 1));
      line.states.emplace_back(name, value);
    }
    return true;
  }

  static Value value_of(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, Value>, 5> values{{{"lfs", Value::lfs},
                                                                        {"auto", Value::automatic},
                                                                        {"lf", Value::line_feed},
                                                                        {"crlf", Value::both},
                                                                        {"input", Value::input}}};
    const auto found =
        std::find_if(values.begin(), values.end(), [&](const auto& one) { return one.first == text; });
    return found == values.end() ? Value::other : found->second;
  }

  // No other attribute can change an answer.
  GitAttributes::States known_states(const Line& line) const {
    GitAttributes::States states;
    for (const auto& [name, value] : line.states)
      if (const auto known = names_.find(name); known != names_.end())
        states.push_back({known->second, value});
    return states;
  }

  GitAttributes& attributes_;
  std::map<std::string, std::size_t, std::less<>> names_{{"filter", GitAttributes::filter_attribute},
                                                         {"text", GitAttributes::text_attribute},
                                                         {"eol", GitAttributes::eol_attribute},
                                                         {"crlf", GitAttributes::crlf_attribute},
                                                         {"binary", GitAttributes::binary_macro}};
};

GitAttributes::GitAttributes(const std::vector<GitAttributesText>& files) {
  GitAttributesReader reader(*this);
  for (const GitAttributesText& file : files)
    if (file.directory.empty()) reader.read_macro_names(file.text);
  for (const GitAttributesText& file : files) reader.read(file.directory, file.text);
}

// What a line says of an attribute, itself or through macros; each attribute keeps what it got first, as in
// git. By a stack, since a chain of macros may be as long as the file.
std::optional<GitAttributes::Value> GitAttributes::apply(const States& states, Attribute wanted,
                                                         std::set<std::size_t>& known) const {
  struct Pending {
    const States* states;
    std::size_t left;
  };
  std::vector<Pending> stack{{&states, states.size()}};
  while (!stack.empty()) {
    Pending& top = stack.back();
    if (top.left == 0) {
      stack.pop_back();
      continue;
    }
    const State& state = (*top.states)[--top.left];
    if (!known.insert(state.attribute).second) continue;
    if (state.attribute == wanted) return state.value;
    const States& macro = macros_[state.attribute];
    if (state.value == Value::set) stack.push_back({&macro, macro.size()});
  }
  return {};
}

std::optional<GitAttributes::Value> GitAttributes::value(const RelPath& path, Attribute wanted) const {
  std::set<std::size_t> known;
  const std::string_view whole = path;
  std::string_view directory = path.parent();
  while (true) {
    const std::string_view below = whole.substr(directory.empty() ? 0 : directory.size() + 1);
    if (const auto file = files_.find(directory); file != files_.end()) {
      const std::vector<Line>& lines = file->second;
      for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        if (!line->pattern.matches(below)) continue;
        if (const auto answer = apply(line->states, wanted, known)) return answer;
      }
    }
    if (directory.empty()) return {};
    const std::size_t slash = directory.rfind('/');
    directory = directory.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
}

FilterAttribute GitAttributes::filter(const RelPath& path) const {
  const auto said = value(path, filter_attribute);
  if (!said) return FilterAttribute::none;
  return *said == Value::lfs ? FilterAttribute::lfs : FilterAttribute::other;
}

std::optional<LineEnds> GitAttributes::line_ends(const RelPath& path, Attribute said_by) const {
  const auto said = value(path, said_by);
  if (said == Value::set || said == Value::input) return LineEnds::converted;
  if (said == Value::unset) return LineEnds::kept;
  if (said == Value::automatic) return LineEnds::automatic;
  return {};
}

LineEnds GitAttributes::line_ends(const RelPath& path) const {
  if (const auto said = line_ends(path, text_attribute)) return *said;
  if (const auto said = line_ends(path, crlf_attribute)) return *said;
  const auto eol = value(path, eol_attribute);
  return eol == Value::line_feed || eol == Value::both ? LineEnds::converted : LineEnds::kept;
}

}  // namespace modelcache
