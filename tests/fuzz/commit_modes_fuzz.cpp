// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/commit_modes.hpp"

#include <algorithm>

#include "fuzz.hpp"

using namespace modelcache;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const auto modes = parse_commit_modes(text);
  if (!modes) return 0;
  fuzz::claim(modes->size() == static_cast<std::size_t>(std::ranges::count(text, '\0')),
              "each record is read");
  std::vector<Entry> entries;
  for (const auto& [path, mode] : *modes) {
    fuzz::claim(mode != FileMode::regular, "regular files are not listed");
    fuzz::claim(RelPath::parse(path.bytes()) == path, "what is read names safe paths");
    entries.push_back({path, 0, {}, {}, {}, mode});
  }
  const std::string written = write_commit_modes(entries);
  fuzz::claim(written.size() == text.size(), "what is read is what is written, but for the order");
  fuzz::claim(parse_commit_modes(written) == modes, "what is written reads back");
  return 0;
}
