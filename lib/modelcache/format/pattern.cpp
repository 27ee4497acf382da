// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/pattern.hpp"

#include <algorithm>

namespace modelcache {

namespace {

constexpr std::size_t npos = std::u32string_view::npos;

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// How many bytes the character at the front of `text` has; 0 when it is no well-formed UTF-8.
std::size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t length = lead < 0xe0 ? 2 : (lead < 0xf0 ? 3 : 4);
  if (text.size() < length) return 0;
  if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length), is_continuation))
    return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second >= 0xa0;
  const bool too_large = lead == 0xf4 && second >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

char32_t code_point(std::string_view character) {
  if (character.size() == 1) return static_cast<unsigned char>(character[0]);
  char32_t value = static_cast<unsigned char>(character[0]) & (0x7fU >> character.size());
  for (const char byte : character.substr(1)) value = value << 6 | (static_cast<unsigned char>(byte) & 0x3fU);
  return value;
}

// "a-c-e" is 'a' to 'c', '-' and 'e': the pieces between those hyphens that stand for ranges. The last piece
// may be empty only as a hyphen of its own.
std::vector<std::u32string> split_ranges(std::u32string_view content, std::size_t first_hyphen) {
  std::vector<std::u32string> pieces;
  std::size_t begin = 0;
  for (std::size_t from = first_hyphen;;) {
    const std::size_t hyphen = content.find(U'-', from);
    if (hyphen == npos) break;
    pieces.emplace_back(content.substr(begin, hyphen - begin));
    begin = hyphen + 1;
    from = hyphen + 3;
  }
  if (begin < content.size())
    pieces.emplace_back(content.substr(begin));
  else if (!pieces.empty())
    pieces.back() += U'-';
  return pieces;
}

// A range from a higher to a lower character holds nothing: both ends go.
void drop_empty_ranges(std::vector<std::u32string>& pieces) {
  for (std::size_t k = pieces.size(); k-- > 1;) {
    std::u32string& left = pieces[k - 1];
    if (left.back() <= pieces[k].front()) continue;
    left.pop_back();
    left += pieces[k].substr(1);
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(k));
  }
}

std::string with_slashes(std::string_view text) {
  std::string result(text);
  std::replace(result.begin(), result.end(), '\\', '/');
  return result;
}

std::vector<Glob> compile(const std::vector<std::string>& patterns) {
  std::vector<Glob> globs;
  for (const std::string& pattern : patterns) {
    const std::string plain = with_slashes(pattern);
    globs.emplace_back(plain.ends_with('/') ? plain + "*" : plain);
  }
  return globs;
}

bool any_matches(const std::vector<Glob>& globs, const std::u32string& text) {
  return std::any_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.matches(text); });
}

}  // namespace

Glob::Glob(std::string_view pattern) {
  using Kind = Token::Kind;
  const std::u32string text = decode(pattern);
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = text[i];
    if (c == U'[') {
      i = add_bracket(text, i + 1);
      continue;
    }
    ++i;
    const Kind kind = c == U'*' ? Kind::star : (c == U'?' ? Kind::any : Kind::literal);
    const bool repeated = kind == Kind::star && !tokens_.empty() && tokens_.back().kind == Kind::star;
    if (!repeated) tokens_.push_back({kind, c});
  }
}

std::u32string Glob::decode(std::string_view text) {
  // The bytes of no character get values of their own, as Python's surrogateescape gives them.
  constexpr char32_t lone_byte = 0xdc00;
  std::u32string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    result +=
        length == 0 ? lone_byte + static_cast<unsigned char>(text[0]) : code_point(text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

// `begin` is behind a '['. Returns where the pattern goes on.
std::size_t Glob::add_bracket(const std::u32string& pattern, std::size_t begin) {
  const auto at = [&](std::size_t i) { return i < pattern.size() ? pattern[i] : U'\0'; };
  std::size_t end = begin;
  if (at(end) == U'!') ++end;
  if (at(end) == U']') ++end;  // the first one is a member
  end = pattern.find(U']', end);
  if (end == npos) {
    tokens_.push_back({Token::Kind::literal, U'['});
    return begin;
  }
  add_set(std::u32string_view(pattern).substr(begin, end - begin));
  return end + 1;
}

void Glob::add_set(std::u32string_view content) {
  std::vector<std::u32string> pieces = split_ranges(content, content[0] == U'!' ? 2 : 1);
  drop_empty_ranges(pieces);
  Set set;
  set.negated = !pieces[0].empty() && pieces[0][0] == U'!';
  if (set.negated) pieces[0].erase(0, 1);
  for (std::size_t k = 0; k < pieces.size(); ++k) {
    for (const char32_t c : pieces[k]) set.ranges.emplace_back(c, c);
    if (k == 0) continue;
    // Nothing is left of it in "[z- !-a]", which Python reads as [!-a] with a hyphen that is itself.
    const std::u32string& left = pieces[k - 1];
    set.ranges.emplace_back(left.empty() ? U'-' : left.back(), left.empty() ? U'-' : pieces[k].front());
  }
  tokens_.push_back({Token::Kind::set, 0, sets_.size()});
  sets_.push_back(std::move(set));
}

bool Glob::Set::holds(char32_t c) const {
  const bool found = std::any_of(ranges.begin(), ranges.end(),
                                 [c](const auto& range) { return range.first <= c && c <= range.second; });
  return found != negated;
}

bool Glob::fits(const Token& token, char32_t c) const {
  switch (token.kind) {
    case Token::Kind::literal:
      return token.literal == c;
    case Token::Kind::set:
      return sets_[token.set].holds(c);
    default:
      return true;
  }
}

// Only the last star is ever taken back: what an earlier one could still swallow, the last one can as well.
bool Glob::matches(const std::u32string& text) const {
  std::size_t token = 0;
  std::size_t star = npos;
  std::size_t star_text = 0;
  for (std::size_t i = 0; i < text.size();) {
    const bool left = token < tokens_.size();
    if (left && tokens_[token].kind == Token::Kind::star) {
      star = token++;
      star_text = i;
    } else if (left && fits(tokens_[token], text[i])) {
      ++token;
      ++i;
    } else if (star != npos) {
      token = star + 1;
      i = ++star_text;
    } else {
      return false;
    }
  }
  while (token < tokens_.size() && tokens_[token].kind == Token::Kind::star) ++token;
  return token == tokens_.size();
}

PathFilter::PathFilter(const std::vector<std::string>& include, const std::vector<std::string>& exclude)
    : include_(compile(include)), exclude_(compile(exclude)) {}

bool PathFilter::passes(std::string_view path) const {
  const std::u32string text = Glob::decode(with_slashes(path));
  if (!include_.empty() && !any_matches(include_, text)) return false;
  return !any_matches(exclude_, text);
}

}  // namespace modelcache
