// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/unicode_form.hpp"

#include "modelcache/base/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>

namespace modelcache {

std::optional<std::string> composed_form(std::string_view name) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(name.begin(), name.end(), is_ascii)) return std::string(name);
  constexpr std::size_t limit = std::size_t{1} << 20;
  if (name.size() > limit || !is_utf8(name)) return {};
  utf8proc_uint8_t* text = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                                             static_cast<utf8proc_ssize_t>(name.size()), &text, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(text, &std::free);
  if (size < 0) return {};
  return std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
}

std::string unicode_library_version() {
  return std::string("utf8proc ") + utf8proc_version();
}

}  // namespace modelcache
