// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/file_name.hpp"

#include "support/catch.hpp"

using namespace modelcache;

TEST_CASE("names that git takes for its own directory are refused in every part") {
  for (const char* name : {".git", ".GIT", ".git/config", "dir/.Git/hooks/post-checkout", "git~1", "GIT~1/x",
                           ".git.", ".git ", ".git . .", ".git:stream", "a\\.git\\config", ".g\xe2\x80\x8cit",
                           "\xef\xbb\xbf.git", ".gi\xe2\x81\xaft"}) {
    CAPTURE(name);
    CHECK(git_refuses(name));
  }
}

TEST_CASE("names that only look like it are taken") {
  for (const char* name : {".gitattributes", ".gitignore", "git", "x.git", ".git2", "git~2", "..git",
                           "dir/git~10", ".g\xe2\x80\x90it", "a\\b", ". git"}) {
    CAPTURE(name);
    CHECK_FALSE(git_refuses(name));
  }
}
