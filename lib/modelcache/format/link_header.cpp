// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/link_header.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace modelcache {

namespace {

constexpr std::string_view blanks = " \t";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same_word(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i)
    if (lower(one[i]) != lower(other[i])) return false;
  return true;
}

// Relations are words with blanks between.
bool says_next(std::string_view relations) {
  while (!relations.empty()) {
    const std::size_t end = std::min(relations.find_first_of(blanks), relations.size());
    if (is_same_word(relations.substr(0, end), "next")) return true;
    relations.remove_prefix(std::min(end + 1, relations.size()));
  }
  return false;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  NextPage read() {
    NextPage next;
    while (skip_to_link()) {
      bool is_next = false;
      const auto url = read_link(is_next);
      if (!url) return {{}, "the Link header is malformed"};
      if (!is_next) continue;
      if (url->empty()) return {{}, "the Link header has a next page without a url"};
      if (!next.url.empty()) return {{}, "the Link header has two next pages"};
      next.url = *url;
    }
    return next;
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

  bool take(char wanted) {
    skip_blanks();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Behind the commas, of which there may be more than one. False at the end.
  bool skip_to_link() {
    while (take(',')) continue;
    return !rest_.empty();
  }

  // One link with its parameters, up to a comma or the end; nothing where it is malformed.
  std::optional<std::string> read_link(bool& is_next) {
    if (!take('<')) return {};
    const std::size_t end = rest_.find('>');
    if (end == std::string_view::npos) return {};
    std::string url(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    bool has_relation = false;
    while (take(';')) {
      skip_blanks();
      const std::string name = take_word();
      const auto value = take('=') ? read_value() : std::string();
      if (!value) return {};
      // The first one counts, says the RFC.
      if (!is_same_word(name, "rel") || std::exchange(has_relation, true)) continue;
      is_next = says_next(*value);
    }
    skip_blanks();
    if (!rest_.empty() && rest_.front() != ',') return {};
    return url;
  }

  std::string take_word() {
    const std::size_t end = std::min(rest_.find_first_of(" \t=;,\"<>"), rest_.size());
    std::string word(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return word;
  }

  std::optional<std::string> read_value() {
    if (!take('"')) return take_word();
    std::string value;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return value;
      if (c != '\\') {
        value += c;
      } else if (!rest_.empty()) {
        value += rest_.front();
        rest_.remove_prefix(1);
      }
    }
    return {};
  }

  std::string_view rest_;
};

}  // namespace

NextPage find_next_page(std::string_view link_header) {
  return Reader(link_header).read();
}

}  // namespace modelcache
