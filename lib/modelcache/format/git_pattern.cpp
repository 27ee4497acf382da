// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_pattern.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace modelcache {

namespace {

using ByteSet = std::bitset<256>;

unsigned char as_byte(char c) {
  return static_cast<unsigned char>(c);
}

bool in(unsigned char byte, char first, char last) {
  return byte >= as_byte(first) && byte <= as_byte(last);
}
bool is_digit(unsigned char byte) {
  return in(byte, '0', '9');
}
bool is_upper(unsigned char byte) {
  return in(byte, 'A', 'Z');
}
bool is_lower(unsigned char byte) {
  return in(byte, 'a', 'z');
}
bool is_alpha(unsigned char byte) {
  return is_upper(byte) || is_lower(byte);
}
bool is_graph(unsigned char byte) {
  return in(byte, '!', '~');
}

// The classes of git's wildmatch.c (2.39): of ASCII only, and neither vertical tab nor form feed is a space.
std::optional<ByteSet> class_of(std::string_view name) {
  using Test = bool (*)(unsigned char);
  static constexpr std::array<std::pair<std::string_view, Test>, 12> classes{{
      {"alnum", [](unsigned char c) { return is_alpha(c) || is_digit(c); }},
      {"alpha", is_alpha},
      {"blank", [](unsigned char c) { return c == ' ' || c == '\t'; }},
      {"cntrl", [](unsigned char c) { return c < 0x20 || c == 0x7f; }},
      {"digit", is_digit},
      {"graph", is_graph},
      {"lower", is_lower},
      {"print", [](unsigned char c) { return is_graph(c) || c == ' '; }},
      {"punct", [](unsigned char c) { return is_graph(c) && !is_alpha(c) && !is_digit(c); }},
      {"space", [](unsigned char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }},
      {"upper", is_upper},
      {"xdigit", [](unsigned char c) { return is_digit(c) || in(c, 'a', 'f') || in(c, 'A', 'F'); }},
  }};
  const auto* const found =
      std::find_if(classes.begin(), classes.end(), [&](const auto& one) { return one.first == name; });
  if (found == classes.end()) return {};
  ByteSet set;
  for (std::size_t byte = 0; byte < set.size(); ++byte)
    set[byte] = found->second(static_cast<unsigned char>(byte));
  return set;
}

// What stands between brackets, read as wildmatch.c reads it. `at` is on the first byte behind '['; behind
// the call on ']'. Nothing where git gives up: no end, or an unknown class.
class Bracket {
 public:
  Bracket(std::string_view wild, std::size_t begin) : wild_(wild), at_(begin) {}

  std::optional<ByteSet> read() {
    const bool negated = next() == '!' || next() == '^';
    if (negated) ++at_;
    do {
      if (!read_one()) return {};
      ++at_;
    } while (next() != ']');
    if (negated) set_.flip();
    set_.reset('/');
    return set_;
  }
  std::size_t end() const { return at_; }

 private:
  // A NUL stands for the end, as in C; a pattern holds none.
  char next(std::size_t behind = 0) const { return at_ + behind < wild_.size() ? wild_[at_ + behind] : '\0'; }

  bool read_one() {
    const unsigned char before = std::exchange(before_, 0);
    if (next() == '-' && before != 0 && next(1) != '\0' && next(1) != ']') {
      ++at_;
      return read_range_end(before);
    }
    if (next() == '[' && next(1) == ':') return read_class();
    if (next() == '\\') ++at_;
    if (next() == '\0') return false;
    before_ = as_byte(next());
    set_.set(before_);
    return true;
  }

  bool read_range_end(unsigned char first) {
    if (next() == '\\') ++at_;
    if (next() == '\0') return false;
    for (std::size_t byte = first; byte <= as_byte(next()); ++byte) set_.set(byte);
    return true;
  }

  bool read_class() {
    const std::size_t begin = at_ + 2;
    const std::size_t end = wild_.find(']', begin);
    if (end == std::string_view::npos) return false;
    if (end == begin || wild_[end - 1] != ':') {
      before_ = '[';
      set_.set('[');
      return true;
    }
    const auto known = class_of(wild_.substr(begin, end - 1 - begin));
    if (!known) return false;
    set_ |= *known;
    at_ = end;
    return true;
  }

  std::string_view wild_;
  std::size_t at_;
  unsigned char before_ = 0;  // what a range may begin with
  ByteSet set_;
};

}  // namespace

GitPattern::GitPattern(std::string_view pattern) {
  if (pattern.empty() || pattern.ends_with('/')) {
    tokens_.push_back({Kind::never});
    return;
  }
  for_name_ = pattern.find('/') == std::string_view::npos;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  // What is literal is cut off before the rest is read, as git does it: "a**/b" is "a" and "**/b".
  const std::size_t literal = std::min(pattern.find_first_of("*?[\\"), pattern.size());
  literal_ = pattern.substr(0, literal);
  compile(pattern.substr(literal));
}

void GitPattern::compile(std::string_view wild) {
  for (std::size_t at = 0; at < wild.size(); ++at) {
    if (wild[at] == '*') {
      at = add_stars(wild, at);
    } else if (wild[at] == '?') {
      tokens_.push_back({Kind::any});
    } else if (wild[at] == '[') {
      at = add_bracket(wild, at + 1);
    } else {
      if (wild[at] == '\\') ++at;
      tokens_.push_back(at < wild.size() ? Token{Kind::literal, as_byte(wild[at])} : Token{Kind::never});
    }
  }
}

// Returns where the last star stands.
std::size_t GitPattern::add_stars(std::string_view wild, std::size_t begin) {
  const std::size_t end = std::min(wild.find_first_not_of('*', begin), wild.size());
  const std::string_view rest = wild.substr(end);
  const bool whole = begin == 0 || wild[begin - 1] == '/';
  const bool crosses =
      end - begin > 1 && whole && (rest.empty() || rest[0] == '/' || rest.starts_with("\\/"));
  if (crosses && rest.starts_with('/')) tokens_.push_back({Kind::skip});
  tokens_.push_back({crosses ? Kind::long_run : Kind::run});
  return end - 1;
}

// Returns where the bracket ends.
std::size_t GitPattern::add_bracket(std::string_view wild, std::size_t begin) {
  Bracket bracket(wild, begin);
  const auto set = bracket.read();
  if (!set) {
    tokens_.push_back({Kind::never});
    return wild.size();
  }
  tokens_.push_back({Kind::set, 0, sets_.size()});
  sets_.push_back(*set);
  return bracket.end();
}

bool GitPattern::fits(const Token& token, unsigned char byte) const {
  switch (token.kind) {
    case Kind::literal:
      return byte == token.literal;
    case Kind::set:
      return sets_[token.set].test(byte);
    case Kind::any:
    case Kind::run:
      return byte != '/';
    case Kind::long_run:
      return true;
    default:
      return false;
  }
}

// Most patterns differ from most paths at the end. Up to a '/' only, which may be one that is left out.
bool GitPattern::ends_alike(std::string_view rest) const {
  for (auto token = tokens_.rbegin(); token != tokens_.rend(); ++token) {
    if (token->kind != Kind::literal || token->literal == '/') return true;
    if (rest.empty() || as_byte(rest.back()) != token->literal) return false;
    rest.remove_suffix(1);
  }
  return true;
}

void GitPattern::follow_empty(States& states) const {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (states[i] == 0) continue;
    const Kind kind = tokens_[i].kind;
    if (kind == Kind::run || kind == Kind::long_run || kind == Kind::skip) states[i + 1] = 1;
    if (kind == Kind::skip) states[i + 3] = 1;
  }
}

bool GitPattern::matches(std::string_view path) const {
  if (for_name_) path.remove_prefix(path.rfind('/') + 1);
  if (!path.starts_with(literal_)) return false;
  path.remove_prefix(literal_.size());
  if (tokens_.empty()) return path.empty();
  if (!ends_alike(path)) return false;
  // All ways to go through the pattern at once, so that none is tried twice.
  States states(tokens_.size() + 1, 0);
  States after(tokens_.size() + 1, 0);
  states[0] = 1;
  follow_empty(states);
  for (const char c : path) {
    std::fill(after.begin(), after.end(), 0);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (states[i] == 0 || !fits(tokens_[i], as_byte(c))) continue;
      const bool stays = tokens_[i].kind == Kind::run || tokens_[i].kind == Kind::long_run;
      after[stays ? i : i + 1] = 1;
    }
    follow_empty(after);
    states.swap(after);
  }
  return states.back() != 0;
}

}  // namespace modelcache
