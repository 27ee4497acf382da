// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/line_file.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

namespace {

std::vector<std::string> lines_of(LineFile& file) {
  std::vector<std::string> lines;
  while (const auto line = file.next()) lines.emplace_back(*line);
  return lines;
}

}  // namespace

TEST_CASE("lines come as they are, whatever the size of a block") {
  const TempDir dir;
  const std::vector<std::string> lines{"one", "", std::string(300, 'x'), std::string("n\0l", 3), "last"};
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  dir.write("file", text);
  for (const std::size_t block : {1u, 2u, 3u, 64u, 4096u}) {
    CAPTURE(block);
    LineFile file(dir.path("file"), block, 300);
    CHECK(lines_of(file) == lines);
    CHECK(file.number() == lines.size());
    file.rewind();
    CHECK(lines_of(file) == lines);
  }
  dir.write("empty", "");
  LineFile empty(dir.path("empty"), 10, 10);
  CHECK(lines_of(empty).empty());
}

TEST_CASE("a line without an end, or of more than may be held, is refused with its number") {
  const TempDir dir;
  for (const std::size_t block : {1u, 7u, 4096u}) {
    CAPTURE(block);
    dir.write("file", "one\ntwo");
    LineFile cut(dir.path("file"), block, 100);
    const auto thrown = thrown_by([&] { lines_of(cut); });
    CHECK(thrown.cause == Cause::refused);
    CHECK(thrown.message == "cannot read '" + dir.path("file") + "': line 2: it has no end");
    dir.write("file", "one\n" + std::string(101, 'x') + "\n");
    LineFile wide(dir.path("file"), block, 100);
    CHECK(thrown_by([&] { lines_of(wide); }).message ==
          "cannot read '" + dir.path("file") + "': line 2: it has more than 100 bytes");
  }
  dir.write("endless", std::string(1 << 20, 'x'));
  LineFile endless(dir.path("endless"), 4096, 1000);
  CHECK(thrown_by([&] { endless.next(); }).cause == Cause::refused);
}

TEST_CASE("what is no file, or becomes another one, is refused") {
  const TempDir dir;
  LineFile none(dir.path("none"), 10, 10);
  CHECK(thrown_by([&] { none.next(); }).cause == Cause::not_found);
  dir.fifo("pipe");
  dir.make_dir("dir");
  for (const char* name : {"pipe", "dir"}) {
    LineFile file(dir.path(name), 10, 10);
    CHECK(thrown_by([&] { file.next(); }).cause == Cause::refused);
  }
  dir.write("file", "one\ntwo\n");
  dir.link("file", "link");
  LineFile file(dir.path("link"), 4, 10);
  CHECK(file.next() == "one");
  dir.write("file", "one\ntwo\nthree\n");
  CHECK(thrown_by([&] { file.next(); }).cause == Cause::refused);
}
