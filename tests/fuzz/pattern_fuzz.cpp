// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/pattern.hpp"

#include "fuzz.hpp"

using namespace modelcache;

namespace {

std::string literal(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    const bool special = c == '*' || c == '?' || c == '[';
    pattern += special ? std::string("[") + c + "]" : std::string(1, c);
  }
  return pattern;
}

}  // namespace

// A pattern, a NUL and a path.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all = fuzz::as_text(data, size < 2048 ? size : 2048);
  const std::size_t nul = all.find('\0');
  if (nul == all.npos) return 0;
  const std::string pattern(all.substr(0, nul));
  const std::string_view path = all.substr(nul + 1);
  fuzz::claim(Glob(literal(path)).matches(path), "a text matches itself");
  fuzz::claim(Glob("*").matches(path), "a star matches everything");
  if (Glob(pattern).matches(path)) {
    fuzz::claim(Glob("*" + pattern).matches(path), "a star in front takes nothing away");
    fuzz::claim(Glob(pattern + "*").matches(path), "a star behind takes nothing away");
  }
  const bool included = PathFilter({pattern}, {}).passes(path);
  fuzz::claim(PathFilter({}, {pattern}).passes(path) != included, "exclude is the opposite of include");
  return 0;
}
