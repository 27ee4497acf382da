// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_attributes.hpp"

#include "fuzz.hpp"

using namespace modelcache;

// A path, a NUL, and the .gitattributes of the root.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all = fuzz::as_text(data, size < 8192 ? size : 8192);
  const std::size_t nul = all.find('\0');
  if (nul == all.npos) return 0;
  const auto path = RelPath::parse(all.substr(0, nul));
  if (!path) return 0;
  const std::string text(all.substr(nul + 1));
  const auto filter = [&](const std::string& whole) { return GitAttributes({{"", whole}}).filter(*path); };
  const FilterAttribute said = filter(text);
  fuzz::claim(filter(text + "\n* filter=lfs\n") == FilterAttribute::lfs, "a last line for everything wins");
  const FilterAttribute below = filter("* filter=lfs\n" + text);
  // A byte order mark or macro of the text may mean something else further down.
  if (said != FilterAttribute::none && !text.starts_with("\xef\xbb\xbf"))
    fuzz::claim(below == said, "a line before says nothing where another one speaks");
  return 0;
}
