// SPDX-License-Identifier: Apache-2.0
#include "modelcache/net/kept_headers.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace modelcache {

namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace

void KeptHeaders::take(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    *this = KeptHeaders();
    return;
  }
  if (line.starts_with(' ') || line.starts_with('\t')) {
    if (last_ != nullptr) (this->*last_).append(1, ' ').append(trimmed(line));
    return;
  }
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string name = in_lower_case(line.substr(0, colon));
  last_ = name == "link"           ? &KeptHeaders::link_
          : name == "x-error-code" ? &KeptHeaders::error_code_
          : name == "ratelimit"    ? &KeptHeaders::rate_limit_
                                   : nullptr;
  if (last_ == nullptr) return;
  std::string& value = this->*last_;
  value.append(value.empty() ? "" : ", ").append(trimmed(line.substr(std::min(colon + 1, line.size()))));
}

// Of `"api";r=0;t=55`, as a draft of the IETF has it and the hub sends it: nothing remains, and 55 seconds
// later it will. One more, since it is rounded.
std::chrono::seconds KeptHeaders::time_to_reset() const {
  constexpr std::string_view nothing_left = ";r=0;t=";
  std::string text = rate_limit_;
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  const std::size_t at = text.find(nothing_left);
  if (at == std::string::npos) return {};
  std::uint32_t seconds = 0;
  std::from_chars(text.data() + at + nothing_left.size(), text.data() + text.size(), seconds);
  return std::chrono::seconds(seconds) + std::chrono::seconds(1);
}

}  // namespace modelcache
