// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/content_naming.hpp"

#include "modelcache/format/lfs_pointer.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <vector>

using namespace modelcache;
using namespace modelcache::test;

namespace {

struct Lab {
  TempDir temp;
  Dir dir = temp.open();

  UnnamedFile file(std::string_view path, std::string_view bytes, std::optional<HashKind> kind = {}) const {
    temp.write(path, bytes);
    return {RelPath::parse(path).value(), bytes.size(), kind};
  }
  ContentNaming naming(std::string attributes) const {
    return {make_rule(RepoType::model, {{"", std::move(attributes)}}),
            [this](const RelPath& path) { return dir.find_file(path); }};
  }
};

}  // namespace

TEST_CASE("a file is named by its hash, of the kind that is told or else decided, and the decision is told") {
  const Lab lab;
  auto naming = lab.naming("*.bin filter=lfs\n");
  const auto named = naming.name({lab.file("a.bin", "large"), lab.file("b.txt", "text"),
                                  lab.file("c.bin", ""), lab.file("told", "told", HashKind::sha256)},
                                 {2, nullptr});
  REQUIRE(named.size() == 4);
  CHECK(named[0].content == hash_bytes(HashKind::sha256, "large"));
  CHECK(named[1].content == hash_bytes(HashKind::git_sha1, "text"));
  CHECK(named[2].content == hash_bytes(HashKind::git_sha1, ""));
  CHECK(named[3].content == hash_bytes(HashKind::sha256, "told"));
  for (const NamedFile& one : named) CHECK(one.flaw.empty());
  const auto decision = naming.decision("model/org/name");
  REQUIRE(decision);
  CHECK(decision->code == FindingCode::large_decided);
  CHECK(decision->detail ==
        "1 large, since .gitattributes says so; 1 regular, since .gitattributes "
        "has no line for it");
  auto silent = lab.naming("");
  silent.name({lab.file("told", "told", HashKind::git_sha1)}, {});
  CHECK_FALSE(silent.decision("model/org/name"));
}

TEST_CASE("pointer text in place of a large file tells the content and is a flaw") {
  const Lab lab;
  const Digest oid = hash_bytes(HashKind::sha256, "content");
  const std::string pointer = canonical_pointer(oid, 7);
  auto naming = lab.naming("*.bin filter=lfs\n");
  const auto named = naming.name({lab.file("a.bin", pointer), lab.file("b.txt", pointer)}, {});
  CHECK(named[0].content == oid);
  CHECK(named[0].size == 7);
  CHECK(named[0].git_oid == hash_bytes(HashKind::git_sha1, pointer));
  CHECK(named[0].flaw.find("pointer_text") != std::string::npos);
  // A regular file may well be about pointers.
  CHECK(named[1].content == hash_bytes(HashKind::git_sha1, pointer));
  CHECK(named[1].flaw.empty());
}

TEST_CASE("what cannot be read, or is not as it was, has a flaw and no content") {
  const Lab lab;
  UnnamedFile gone = lab.file("gone", "x");
  lab.dir.remove_file("gone");
  UnnamedFile grown = lab.file("grown", "xyz");
  grown.size = 2;
  lab.temp.make_dir("directory");
  const UnnamedFile directory{RelPath::parse("directory").value(), 1, {}};
  UnnamedFile shrunk = lab.file("shrunk", std::string(5000, 'x'));
  shrunk.size = 6000;
  const UnnamedFile absent{RelPath::parse("absent").value(), 5000, HashKind::sha256};
  auto naming = lab.naming("");
  for (const NamedFile& one : naming.name({gone, grown, directory, shrunk, absent}, {})) {
    CHECK_FALSE(one.content);
    CHECK_FALSE(one.flaw.empty());
  }
}

TEST_CASE("the id of an index proves a file of any size as what it is, and nothing else") {
  const Lab lab;
  auto naming = lab.naming("");
  std::vector<UnnamedFile> files;
  std::vector<std::optional<Digest>> contents;
  // Below the length of a pointer, above it, and from where on files are large without a rule.
  for (const std::size_t size : {std::size_t{900}, std::size_t{5000}, std::size_t{11} << 20})
    for (const HashKind kind : {HashKind::git_sha1, HashKind::sha256}) {
      const std::string bytes(size, 'x');
      const Digest content = hash_bytes(kind, bytes);
      const Digest id = kind == HashKind::git_sha1
                            ? content
                            : hash_bytes(HashKind::git_sha1, canonical_pointer(content, size));
      UnnamedFile file = lab.file("file" + std::to_string(files.size()), bytes);
      file.git_id = id.hex();
      files.push_back(file);
      contents.emplace_back(content);
      file = lab.file("file" + std::to_string(files.size()), bytes + "y");
      file.git_id = id.hex();
      files.push_back(file);
      contents.emplace_back();
    }
  for (const unsigned jobs : {1u, 3u}) {
    const auto named = naming.name(files, {jobs, nullptr});
    REQUIRE(named.size() == files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
      CAPTURE(i);
      CHECK(named[i].content == contents[i]);
      CHECK(named[i].flaw == (contents[i] ? "" : "it is not what the index says, " + files[i].git_id));
      if (contents[i]) CHECK(named[i].git_oid.value().hex() == files[i].git_id);
    }
  }
}

TEST_CASE("naming ends when it is cancelled") {
  const Lab lab;
  const std::atomic<bool> cancelled{true};
  auto naming = lab.naming("");
  const auto thrown = thrown_by([&] { return naming.name({lab.file("a", "x")}, {4, &cancelled}).size(); });
  CHECK(thrown.cause == Cause::io);
  CHECK(thrown.error_number == EINTR);
}
