// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/git_config_text.hpp"

#include <algorithm>

namespace modelcache {

namespace {

constexpr std::string_view blanks = " \t\r\v\f";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return out;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

void add_value(std::string_view text, ConfigValues& found) {
  if (text.find('\\') != std::string_view::npos) found.certain = false;
  std::string value(trim(text));
  std::erase(value, '"');
  found.values.push_back(std::move(value));
}

}  // namespace

bool may_have_section(std::string_view config, std::string_view name) {
  const std::string text = lower(config);
  for (std::size_t at = text.find('['); at != std::string::npos; at = text.find('[', at + 1)) {
    const std::size_t begin = text.find_first_not_of(blanks, at + 1);
    if (begin != std::string::npos && text.compare(begin, name.size(), name) == 0) return true;
  }
  return false;
}

ConfigValues values_of(std::string_view config, std::string_view key) {
  ConfigValues found;
  const std::string text = lower(config);
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
    const std::size_t equals = text.find_first_not_of(blanks, at + key.size());
    if (equals == std::string::npos || text[equals] != '=') continue;
    const std::size_t end = std::min(text.find('\n', equals), text.size());
    const std::string_view value = config.substr(equals + 1, end - equals - 1);
    add_value(value, found);
    // A comment, unless it stands in quotes.
    const std::size_t comment = value.find_first_of("#;");
    if (comment != std::string_view::npos) add_value(value.substr(0, comment), found);
  }
  return found;
}

}  // namespace modelcache
