// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_file_ids.hpp"

#include "support/catch.hpp"

#include <string_view>

using namespace modelcache;

namespace {

constexpr std::string_view content = "hello lfs\n";

FileHashes hashes() {
  return {hash_bytes(HashKind::git_sha1, content), hash_bytes(HashKind::sha256, content), content.size()};
}

}  // namespace

TEST_CASE("a file is known by its own id and by that of a pointer to it, with or without final newline") {
  CHECK(find_id(hashes(), "d84847e89decf615d6f9bd0307a513fd3c718937")->form == IdForm::plain);
  CHECK(find_id(hashes(), "86f56cb6b46a9e482e2034a4c9cc1e5468830719")->form == IdForm::bare_pointer);
  CHECK(find_id(hashes(), "f9540322dcfdbb08b8d0272a814c12d231c26848")->form == IdForm::pointer);
  CHECK(find_id(hashes(), "f954032")->id.hex() == "f9540322dcfdbb08b8d0272a814c12d231c26848");
  CHECK_FALSE(find_id(hashes(), "0000000"));
}

TEST_CASE("only what was hashed is told, and an empty file has no pointer") {
  FileHashes plain = hashes();
  plain.sha256.reset();
  CHECK(find_id(plain, "d84847e"));
  CHECK_FALSE(find_id(plain, "f954032"));
  FileHashes large = hashes();
  large.git.reset();
  CHECK_FALSE(find_id(large, "d84847e"));
  CHECK(find_id(large, "86f56cb"));
  const FileHashes empty{hash_bytes(HashKind::git_sha1, ""), hash_bytes(HashKind::sha256, ""), 0};
  CHECK(find_id(empty, "e69de29")->form == IdForm::plain);
}
