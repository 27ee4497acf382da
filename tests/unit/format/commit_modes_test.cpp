// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/commit_modes.hpp"

#include "support/catch.hpp"

#include <string>

using namespace modelcache;

namespace {

Entry entry_of(const std::string& path, FileMode mode) {
  return {RelPath::parse(path).value(), 1, {}, {}, {}, mode};
}

const std::string written = std::string("100755 bin/run") + '\0' + "120000 link\nname" + '\0';

}  // namespace

TEST_CASE("modes that a cache cannot keep are written and read back, regular files are left out") {
  const std::vector<Entry> entries{entry_of("a", FileMode::regular),
                                   entry_of("bin/run", FileMode::executable),
                                   entry_of("link\nname", FileMode::link)};
  CHECK(write_commit_modes(entries) == written);
  const auto modes = parse_commit_modes(written);
  REQUIRE(modes);
  CHECK(modes->size() == 2);
  CHECK(modes->at(RelPath::parse("bin/run").value()) == FileMode::executable);
  CHECK(modes->at(RelPath::parse("link\nname").value()) == FileMode::link);
  CHECK(write_commit_modes({entries.front()}).empty());
  CHECK(parse_commit_modes("").value_or(CommitModes{{RelPath::parse("x").value(), FileMode::link}}).empty());
}

TEST_CASE("modes in any other form are not read at all") {
  for (const std::string& text :
       {written.substr(0, written.size() - 1), written + written, written + "100644 a" + '\0',
        std::string("100755 ../a\0", 12), std::string("100755 /a\0", 10), std::string("100755a\0", 8),
        std::string("\0", 1), std::string("120000 \0", 8)}) {
    CAPTURE(text);
    CHECK_FALSE(parse_commit_modes(text));
  }
}
