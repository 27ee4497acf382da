// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a Content holds, read without the code under test.

#include "modelcache/store/store.hpp"

#include <unistd.h>

#include <string>

namespace modelcache::test {

// One byte more than stated is read too, so that a longer content shows.
inline std::string text_of(const Content& content) {
  if (const auto* bytes = std::get_if<std::string>(&content.from)) return *bytes;
  const Fd& file = std::get<Fd>(content.from);
  std::string text(content.size + 1, '\0');
  const ssize_t count = ::pread(file.get(), text.data(), text.size(), 0);
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return text;
}

}  // namespace modelcache::test
