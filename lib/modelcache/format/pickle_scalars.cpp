// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/pickle_reader.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace modelcache {

namespace {

using Type = PickleValue::Type;
using Kind = PickleFlaw::Kind;

constexpr std::size_t decimal_digits = 19;

bool is_ascii(std::string_view text) {
  std::size_t at = 0;
  for (; text.size() - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & 0x8080808080808080U) != 0) return false;
  }
  return std::none_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

// The length of the character at the front, 0 where it is none; surrogates are characters.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool is_overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  return is_overlong || (first == 0xf4 && byte(1) > 0x8f) ? 0 : length;
}

bool is_surrogate(std::string_view character) {
  return static_cast<unsigned char>(character[0]) == 0xed && static_cast<unsigned char>(character[1]) >= 0xa0;
}

// Where the character ends that was put there, at most 4 bytes behind.
char* put_character(char* at, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { *at++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
    return at;
  }
  if (code < 0x800) {
    put(0xc0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      put(0xe0 | (code >> 12));
    } else {
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3f));
    }
    put(0x80 | ((code >> 6) & 0x3f));
  }
  put(0x80 | (code & 0x3f));
  return at;
}

}  // namespace

std::optional<std::string> PickleText::file_name() const {
  if (!has_surrogates) return std::string(encoded);
  std::string name;
  for (std::string_view rest = encoded; !rest.empty();) {
    const std::size_t length = std::max<std::size_t>(character_length(rest), 1);
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
    if (length != 3 || !is_surrogate(rest))
      name += rest.substr(0, length);
    else if (byte(1) == 0xb2 || byte(1) == 0xb3)
      name += static_cast<char>(((byte(1) & 3) << 6) | (byte(2) & 0x3f));
    else
      return {};
    rest.remove_prefix(length);
  }
  return name;
}

std::string pickle_text(std::string_view file_name) {
  std::string text;
  for (std::string_view rest = file_name; !rest.empty();) {
    std::size_t length = character_length(rest);
    if (length == 3 && is_surrogate(rest)) length = 0;
    if (length == 0) {
      std::array<char, 4> character{};
      text.append(character.data(),
                  put_character(character.data(), 0xdc00U | static_cast<unsigned char>(rest[0])));
    } else {
      text += rest.substr(0, length);
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

void PickleReader::push_text(std::string_view text) {
  PickleValue value;
  value.type_ = Type::text;
  value.data_ = text.data();
  value.size_ = static_cast<std::uint32_t>(text.size());
  if (!is_ascii(text)) {
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t length = character_length(rest);
      if (length == 0) throw PickleRefusal{Kind::corrupt, "has a text that is not UTF-8"};
      if (length == 3 && is_surrogate(rest)) value.has_surrogates_ = true;
      rest.remove_prefix(length);
    }
  }
  push(value);
}

void PickleReader::push_ascii(std::string_view text) {
  if (!is_ascii(text)) throw PickleRefusal{Kind::corrupt, "has a text of Python 2 that is not ASCII"};
  push_text(text);
}

void PickleReader::push_bytes(std::string_view bytes) {
  PickleValue value;
  value.type_ = Type::bytes;
  value.data_ = bytes.data();
  value.size_ = static_cast<std::uint32_t>(bytes.size());
  push(value);
}

void PickleReader::push_integer(std::int64_t number, Type type) {
  PickleValue value;
  value.type_ = type;
  value.integer_ = number;
  push(value);
}

// Latin-1 with \uXXXX and \UXXXXXXXX; any other backslash stands for itself, with what is behind it.
void PickleReader::push_raw_unicode_escape(std::string_view line) {
  // No byte becomes more than two.
  auto* const text = static_cast<char*>(texts_.allocate(2 * line.size(), 1));
  char* end = text;
  while (!line.empty()) {
    const std::size_t digits = line[0] != '\\' || line.size() < 2 ? 0
                               : line[1] == 'u'                   ? 4
                               : line[1] == 'U'                   ? 8
                                                                  : 0;
    if (digits == 0) {
      const std::size_t count = line[0] == '\\' ? std::min<std::size_t>(2, line.size()) : 1;
      for (const char byte : line.substr(0, count))
        end = put_character(end, static_cast<unsigned char>(byte));
      line.remove_prefix(count);
      continue;
    }
    const std::string_view number = line.substr(2, digits);
    std::uint32_t code = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), code, 16);
    if (number.size() < digits || read.ptr != number.data() + digits || code > 0x10ffff)
      throw PickleRefusal{Kind::corrupt, "has an escape that is no character"};
    end = put_character(end, code);
    line.remove_prefix(2 + digits);
  }
  push_text({text, static_cast<std::size_t>(end - text)});
}

void PickleReader::push_quoted(std::string_view line) {
  const char quote = line.empty() ? '\0' : line[0];
  if (line.size() < 2 || (quote != '\'' && quote != '"') || line.back() != quote)
    throw PickleRefusal{Kind::corrupt, "has a text without quotes"};
  if (line.find('\\') != std::string_view::npos)
    throw PickleRefusal{Kind::unsupported, "has a text with a backslash"};
  push_ascii(line.substr(1, line.size() - 2));
}

void PickleReader::push_int_line(std::string_view line) {
  if (line == "00" || line == "01") return push_integer(line == "01", Type::boolean);
  const std::string_view digits = line.substr(line.starts_with('-') ? 1 : 0);
  std::int64_t number = 0;
  const auto read = std::from_chars(line.data(), line.data() + line.size(), number);
  // Python takes a leading zero for the sign of another base, or for an error, and -0 for False.
  if (digits.empty() || line == "-0" || digits.size() > decimal_digits ||
      (digits.size() > 1 && digits[0] == '0') || read.ec != std::errc() ||
      read.ptr != line.data() + line.size())
    throw PickleRefusal{Kind::corrupt, "has a number that is none, or too large"};
  push_integer(number);
}

std::uint64_t PickleReader::take_decimal() {
  const std::string_view line = take_line();
  std::uint64_t number = 0;
  const auto read = std::from_chars(line.data(), line.data() + line.size(), number);
  if (line.empty() || line.size() > decimal_digits || read.ec != std::errc() ||
      read.ptr != line.data() + line.size())
    throw PickleRefusal{Kind::corrupt, "has an index that is no number, or too large"};
  return number;
}

void PickleReader::push_real() {
  std::uint64_t bits = 0;
  for (const char byte : take(8)) bits = (bits << 8) | static_cast<unsigned char>(byte);
  PickleValue value;
  value.type_ = Type::real;
  value.real_ = std::bit_cast<double>(bits);
  push(value);
}

void PickleReader::push_long(std::string_view little_endian) {
  if (little_endian.size() > 8) throw PickleRefusal{Kind::unsupported, "has a number of more than 8 bytes"};
  const bool is_negative = !little_endian.empty() && static_cast<unsigned char>(little_endian.back()) >= 0x80;
  std::uint64_t number = is_negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = little_endian.size(); i-- > 0;)
    number = (number << 8) | static_cast<unsigned char>(little_endian[i]);
  push_integer(static_cast<std::int64_t>(number));
}

bool PickleReader::read_text(unsigned char code) {
  switch (code) {
    case 0x8c:
      push_text(take(take_byte()));
      return true;
    case 'X':
      push_text(take(take_number(4)));
      return true;
    case 0x8d:
      push_text(take(take_number(8)));
      return true;
    case 'V':
      push_raw_unicode_escape(take_line());
      return true;
    case 'S':
      push_quoted(take_line());
      return true;
    case 'U':
      push_ascii(take(take_byte()));
      return true;
    case 'T': {
      const std::uint64_t length = take_number(4);
      if (length > 0x7fffffff) throw PickleRefusal{Kind::corrupt, "has a length below zero"};
      push_ascii(take(length));
      return true;
    }
    default:
      return false;
  }
}

bool PickleReader::read_scalar(unsigned char code) {
  switch (code) {
    case 'N':
      push({});
      return true;
    case 0x88:
    case 0x89:
      push_integer(code == 0x88, Type::boolean);
      return true;
    case 'J':
      push_integer(static_cast<std::int32_t>(take_number(4)));
      return true;
    case 'K':
      push_integer(static_cast<std::int64_t>(take_byte()));
      return true;
    case 'M':
      push_integer(static_cast<std::int64_t>(take_number(2)));
      return true;
    case 0x8a:
      push_long(take(take_byte()));
      return true;
    case 'I':
      push_int_line(take_line());
      return true;
    case 'G':
      push_real();
      return true;
    case 'C':
      push_bytes(take(take_byte()));
      return true;
    case 'B':
      push_bytes(take(take_number(4)));
      return true;
    default:
      return false;
  }
}

}  // namespace modelcache
