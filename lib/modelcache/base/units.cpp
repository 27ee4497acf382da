// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/units.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <limits>

namespace modelcache {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Digits, at most one point between digits; returns how many characters it takes, 0 when there is no number.
std::size_t number_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at == 0 || at >= text.size() || text[at] != '.') return at;
  std::size_t end = at + 1;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end == at + 1 ? 0 : end;
}

template <std::size_t size>
std::optional<double> parse_with(std::string_view text, const std::array<Unit, size>& units) {
  const std::size_t length = number_length(text);
  if (length == 0 || length > 32) return {};
  const std::string unit = lower(text.substr(length));
  const auto found =
      std::find_if(units.begin(), units.end(), [&](const Unit& one) { return one.name == unit; });
  if (found == units.end()) return {};
  // The locale is never set by these programs, so the point is a point.
  const double value = std::strtod(std::string(text.substr(0, length)).c_str(), nullptr) * found->factor;
  return value < 9.2e18 ? std::optional(value) : std::nullopt;
}

// Long plain digits must not lose their last ones in a double.
std::optional<std::uint64_t> parse_digits(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return {};
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return {};
    value = value * 10 + digit;
  }
  return text.empty() ? std::nullopt : std::optional(value);
}

}  // namespace

std::string format_size(std::uint64_t bytes) {
  static constexpr std::array<const char*, 7> suffixes{"", "K", "M", "G", "T", "P", "E"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // As the hub's tool: the next unit from a rounded 1000 on.
  while (value >= 999.95 && unit + 1 < suffixes.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 32> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), "%.1f%s", value, suffixes[unit]);
  return {buffer.data(), static_cast<std::size_t>(size)};
}

std::string format_age(std::chrono::seconds age) {
  struct Step {
    long long seconds;
    std::string_view name;
  };
  static constexpr std::array<Step, 6> steps{{{365LL * 86400, "year"},
                                              {30LL * 86400, "month"},
                                              {7LL * 86400, "week"},
                                              {86400, "day"},
                                              {3600, "hour"},
                                              {60, "minute"}}};
  for (const Step& step : steps) {
    const long long count = age.count() / step.seconds;
    if (count > 0)
      return std::to_string(count) + " " + std::string(step.name) + (count > 1 ? "s ago" : " ago");
  }
  return "a few seconds ago";
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  static constexpr double k = 1000;
  static constexpr double ki = 1024;
  static constexpr std::array<Unit, 17> units{{{"", 1},
                                               {"b", 1},
                                               {"k", k},
                                               {"kb", k},
                                               {"kib", ki},
                                               {"m", k * k},
                                               {"mb", k * k},
                                               {"mib", ki * ki},
                                               {"g", k * k * k},
                                               {"gb", k * k * k},
                                               {"gib", ki * ki * ki},
                                               {"t", k * k * k * k},
                                               {"tb", k * k * k * k},
                                               {"tib", ki * ki * ki * ki},
                                               {"p", k * k * k * k * k},
                                               {"pb", k * k * k * k * k},
                                               {"pib", ki * ki * ki * ki * ki}}};
  if (const auto plain = parse_digits(text)) return plain;
  const auto value = parse_with(text, units);
  if (!value) return {};
  return static_cast<std::uint64_t>(std::llround(*value));
}

std::optional<std::chrono::seconds> parse_age(std::string_view text) {
  static constexpr double day = 86400;
  static constexpr std::array<Unit, 9> units{{{"", 1},
                                              {"s", 1},
                                              {"m", 60},
                                              {"min", 60},
                                              {"h", 3600},
                                              {"d", day},
                                              {"w", 7 * day},
                                              {"mo", 30 * day},
                                              {"y", 365 * day}}};
  const auto value = parse_with(text, units);
  if (!value) return {};
  return std::chrono::seconds(std::llround(*value));
}

}  // namespace modelcache
