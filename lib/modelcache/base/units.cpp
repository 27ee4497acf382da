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
  std::uint64_t factor;
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

std::optional<std::uint64_t> parse_digits(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return {};
    value = value * 10 + digit;
  }
  return value;
}

// Whole numbers never pass through a double, which would lose the last digits of long ones.
std::optional<std::uint64_t> product(std::string_view number, std::uint64_t factor) {
  if (number.find('.') == std::string_view::npos) {
    const auto whole = parse_digits(number);
    if (!whole || *whole > std::numeric_limits<std::uint64_t>::max() / factor) return {};
    return *whole * factor;
  }
  // The locale is never set by these programs, so the point is a point.
  const double value = std::strtod(std::string(number).c_str(), nullptr) * static_cast<double>(factor);
  if (value >= 9.2e18) return {};
  return static_cast<std::uint64_t>(std::llround(value));
}

template <std::size_t size>
std::optional<std::uint64_t> parse_with(std::string_view text, const std::array<Unit, size>& units) {
  const std::size_t length = number_length(text);
  if (length == 0) return {};
  const std::string unit = lower(text.substr(length));
  const auto found =
      std::find_if(units.begin(), units.end(), [&](const Unit& one) { return one.name == unit; });
  if (found == units.end()) return {};
  return product(text.substr(0, length), found->factor);
}

}  // namespace

std::string format_size(std::uint64_t bytes) {
  static constexpr std::array<const char*, 7> suffixes{"", "K", "M", "G", "T", "P", "E"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // As the hub's tool, which looks before it rounds: 999950 is "1000.0K" (huggingface_hub 2.4.0).
  while (value >= 1000 && unit + 1 < suffixes.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 32> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), "%.1f%s", value, suffixes[unit]);
  return {buffer.data(), static_cast<std::size_t>(size)};
}

// The steps and the rounding of huggingface_hub 2.4.0 (utils/_parsing.py): halves go to the even number.
std::string format_age(std::chrono::seconds age) {
  struct Step {
    double seconds;
    double largest;  // the last count before the next step takes over
    std::string_view name;
  };
  static constexpr double day = 86400;
  static constexpr std::array<Step, 7> steps{{{1, 59, "second"},
                                              {60, 59, "minute"},
                                              {3600, 23, "hour"},
                                              {day, 6, "day"},
                                              {7 * day, 6, "week"},
                                              {30 * day, 11, "month"},
                                              {365 * day, 1e18, "year"}}};
  if (age.count() < 20) return "a few seconds ago";
  const auto count_of = [&](const Step& step) {
    return std::nearbyint(static_cast<double>(age.count()) / step.seconds);
  };
  const auto step =
      std::find_if(steps.begin(), steps.end(), [&](const Step& one) { return count_of(one) <= one.largest; });
  const auto count = static_cast<long long>(count_of(*step));
  return std::to_string(count) + " " + std::string(step->name) + (count > 1 ? "s ago" : " ago");
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  static constexpr std::uint64_t k = 1000;
  static constexpr std::uint64_t ki = 1024;
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
  return parse_with(text, units);
}

std::optional<std::chrono::seconds> parse_age(std::string_view text) {
  static constexpr std::uint64_t day = 86400;
  static constexpr std::array<Unit, 9> units{{{"", 1},
                                              {"s", 1},
                                              {"m", 60},
                                              {"min", 60},
                                              {"h", 3600},
                                              {"d", day},
                                              {"w", 7 * day},
                                              {"mo", 30 * day},
                                              {"y", 365 * day}}};
  // Whoever waits counts in milliseconds.
  constexpr auto longest = std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds::max());
  const auto value = parse_with(text, units);
  if (!value || *value > static_cast<std::uint64_t>(longest.count())) return {};
  return std::chrono::seconds(*value);
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace modelcache
