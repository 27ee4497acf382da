// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/line_ends.hpp"

namespace modelcache {

std::string LineEndConversion::convert(std::string_view piece) {
  std::string converted;
  converted.reserve(piece.size() + 1);
  for (const char c : piece) {
    if (has_return_ && c != '\n') {
      converted += '\r';
      has_lone_return_ = true;
    }
    has_return_ = c == '\r';
    if (!has_return_) {
      converted += c;
      count(c);
    }
  }
  if (!piece.empty()) last_ = piece.back();
  return converted;
}

std::string LineEndConversion::finish() {
  if (!has_return_) return {};
  has_return_ = false;
  has_lone_return_ = true;
  return "\r";
}

void LineEndConversion::count(char c) {
  constexpr std::string_view printable_controls = "\b\t\033\014";
  if (c == '\n') return;
  has_zero_ = has_zero_ || c == '\0';
  const auto byte = static_cast<unsigned char>(c);
  const bool is_control = byte < 0x20 || byte == 0x7f;
  if (is_control && printable_controls.find(c) == std::string_view::npos)
    ++unprintable_;
  else
    ++printable_;
}

bool LineEndConversion::is_binary() const {
  // With ^Z texts of DOS end.
  const std::uint64_t unprintable = unprintable_ - (last_ == '\032' ? 1 : 0);
  return has_lone_return_ || has_zero_ || printable_ / 128 < unprintable;
}

}  // namespace modelcache
