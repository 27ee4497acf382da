// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/plain_dir_walk.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <string>
#include <vector>

using namespace modelcache;
using namespace modelcache::test;

namespace {

std::vector<std::string> paths(const TempDir& temp) {
  std::vector<std::string> paths;
  for (const FoundFile& file : walk_files(temp.open())) paths.push_back(file.path.bytes());
  return paths;
}

}  // namespace

TEST_CASE("all files are found, sorted, without what clients and git keep beside them") {
  const TempDir temp;
  for (const char* name : {"b", "a/c", "a.txt", "a/b/d", ".gitattributes", ".cache/other", "sub/.git/x"})
    temp.write(name, "x");
  for (const char* name : {".git/config", ".cache/huggingface/modelcache.json"}) temp.write(name, "x");
  temp.make_dir("empty");
  temp.link("a.txt", "link");
  temp.fifo("fifo");
  CHECK(paths(temp) == std::vector<std::string>{".cache/other", ".gitattributes", "a.txt", "a/b/d", "a/c",
                                                "b", "fifo", "link", "sub/.git/x"});
  const auto files = walk_files(temp.open());
  CHECK(files[2].status.kind == FileKind::file);
  CHECK(files[6].status.kind == FileKind::other);
  CHECK(files[7].status.kind == FileKind::link);
}

TEST_CASE("a .git that is a file is left out too, and a directory that is a link is a link") {
  const TempDir temp;
  const TempDir other;
  other.write("outside", "x");
  temp.write(".git", "gitdir: /elsewhere");
  temp.link(other.path(), "out");
  CHECK(paths(temp) == std::vector<std::string>{"out"});
}

TEST_CASE("a path that is too long is refused with its name") {
  const TempDir temp;
  Dir dir = temp.open();
  for (int i = 0; i < 17; ++i) {
    const std::string name(250, 'd');
    dir.make_dir(name);
    dir = dir.open_dir(name);
  }
  const Thrown thrown = thrown_by([&] { return walk_files(temp.open()); });
  CHECK(thrown.cause == Cause::refused);
  CHECK(thrown.message.find("ddd") != std::string::npos);
}

TEST_CASE("names that git or the clients take for their own are reserved") {
  const auto reserved = [](std::string_view path) { return is_reserved(RelPath::parse(path).value()); };
  for (const char* path : {".git", ".git/config", ".GIT/config", "a/.git/hooks/x", ".cache/huggingface",
                           ".cache/huggingface/trees/x"})
    CHECK(reserved(path));
  for (const char* path :
       {".gitattributes", "a.git", ".github/x", ".cache/x", ".cache/huggingface2", "x/.cache/huggingface"})
    CHECK_FALSE(reserved(path));
}

TEST_CASE("files are found by exactly their names") {
  const TempDir temp;
  for (const char* name : {"b", "a/c", "a.txt", "other"}) temp.write(name, "x");
  std::vector<RelPath> wanted;
  for (const char* name : {"a.txt", "a/c", "a/d", "b", "B", "b/x", "no/where"})
    wanted.push_back(RelPath::parse(name).value());
  const auto found = find_files(temp.open(), wanted);
  REQUIRE(found.size() == 3);
  CHECK(find_file(found, wanted[1]) == &found[1]);
  CHECK(find_file(found, wanted[4]) == nullptr);
  CHECK(found[0].path.bytes() == "a.txt");
}
