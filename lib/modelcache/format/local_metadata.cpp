// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/local_metadata.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace modelcache {

namespace {

// What str.strip() takes away, as far as it is ASCII.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\n\v\f\r\x1c\x1d\x1e\x1f";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), end + (rest.substr(end, 2) == "\r\n" ? 2 : 1)));
  return trimmed(line);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<double> parse_word(std::string_view text) {
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool negative = word.starts_with('-');
  if (negative || word.starts_with('+')) word.erase(0, 1);
  if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (word != "inf" && word != "infinity") return {};
  return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
}

// Python's float(): decimal, with exponent, '_' between digits, and the words for what is no number.
std::optional<double> parse_float(std::string_view text) {
  if (text.find_first_not_of("0123456789.eE+-_") != std::string_view::npos) return parse_word(text);
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      digits += text[i];
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return {};
    }
  }
  // strtod, since it turns what is too large or too small into infinity or zero, as Python does; the locale
  // is never set by these programs, so the point is a point.
  char* end = nullptr;
  const double value = std::strtod(digits.c_str(), &end);
  if (digits.empty() || end != digits.c_str() + digits.size()) return {};
  return value;
}

// Python's repr of a float: the shortest digits that read back, an exponent below 1e-4 and from 1e16 on.
std::string write_float(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const double size = std::fabs(value);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  std::array<char, 64> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                     plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string text(buffer.data(), written.ptr);
  if (plain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

}  // namespace

// The sum that Python's st_mtime is.
double seconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

bool LocalMetadata::is_valid_for(const timespec& modified) const {
  // No comparison with a nan holds.
  return seconds(modified) - 1 <= timestamp;
}

bool LocalMetadata::is_as_late_as(const timespec& modified) const {
  return seconds(modified) <= timestamp;
}

ParsedLocalMetadata parse_local_metadata(std::string_view content) {
  if (content.size() > local_metadata_limit)
    return {{}, "it is larger than " + std::to_string(local_metadata_limit) + " bytes"};
  if (!is_utf8(content)) return {{}, "it is not UTF-8"};
  LocalMetadata metadata;
  metadata.commit = take_line(content);
  metadata.etag = take_line(content);
  const auto timestamp = parse_float(take_line(content));
  if (!timestamp) return {{}, "its third line is not a time"};
  metadata.timestamp = *timestamp;
  return {std::move(metadata), {}};
}

std::string write_local_metadata(const LocalMetadata& metadata) {
  for (const std::string& field : {metadata.commit, metadata.etag})
    if (field.find_first_of("\r\n") != std::string::npos || trimmed(field) != field || !is_utf8(field))
      throw Error(Cause::internal, "metadata of a file would not read back");
  return metadata.commit + "\n" + metadata.etag + "\n" + write_float(metadata.timestamp) + "\n";
}

}  // namespace modelcache
