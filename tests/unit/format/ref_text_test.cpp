// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/ref_text.hpp"

#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace modelcache;

namespace {
const std::string commit = "0123456789abcdef0123456789abcdef01234567";
}

TEST_CASE("a ref of exactly 40 digits is exact, one with a line end is told apart") {
  const RefText exact = parse_ref_text(commit);
  CHECK(exact.form == RefText::Form::exact);
  CHECK(exact.commit == commit);
  CHECK(exact.folder == commit);
  for (const std::string end : {"\n", "\r\n"}) {
    const RefText text = parse_ref_text(commit + end);
    CHECK(text.form == RefText::Form::newline);
    CHECK(text.commit == commit);
    CHECK(text.folder == commit);
  }
}

TEST_CASE("any other ref text is malformed and names no commit") {
  std::string upper = commit;
  for (char& c : upper) c = c >= 'a' ? static_cast<char>(c - 32) : c;
  const std::vector<std::string> texts = {"",
                                          "\n",
                                          " " + commit,
                                          commit + " ",
                                          commit + "\n\n",
                                          commit + "\r",
                                          commit + "\nx",
                                          commit + "0",
                                          commit.substr(1),
                                          upper,
                                          "local",
                                          "local\n",
                                          "ref: refs/heads/main",
                                          "\xef\xbb\xbf" + commit,
                                          std::string(40, 'g'),
                                          commit + std::string(1, '\0'),
                                          "\xff\xfe",
                                          commit + std::string(300, '\n')};
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(parse_ref_text(text).form == RefText::Form::malformed);
    CHECK(parse_ref_text(text).commit.empty());
  }
}

TEST_CASE("a malformed ref still says which folder clients would look for, if that is safe") {
  CHECK(parse_ref_text("local").folder == "local");
  CHECK(parse_ref_text("0123456789ABCDEF0123456789ABCDEF01234567").folder ==
        "0123456789ABCDEF0123456789ABCDEF01234567");
  for (const char* text : {"", "local\n", "..", ".", "a/b", "../x", "/etc", "\x1b[31m", "\xff", "\xc2\x9b"}) {
    CAPTURE(text);
    CHECK(parse_ref_text(text).folder.empty());
  }
}

TEST_CASE("names of branches, tags and pull requests may be written") {
  for (const char* name : {"main", "v1.0", "refs/pr/1", "refs/convert/parquet", "feature/x", "a", "1",
                           "release-2", "0.11.1+ab-l40sx1", "hf-8c22764-b", "user@host",
                           "\xe5\x88\x86\xe6\x94\xaf", "tmp", "lock", "x.tmp1", "a-", "A_B"}) {
    CAPTURE(name);
    CHECK_FALSE(ref_name_flaw(name));
  }
}

TEST_CASE("names that leave refs/, hide, steer a terminal or look like temporaries are not written") {
  const std::vector<std::string> names = {"",
                                          ".",
                                          "..",
                                          "a/../b",
                                          "../x",
                                          "/x",
                                          "a//b",
                                          "a/",
                                          "a/./b",
                                          ".hidden",
                                          "a/.b",
                                          "a.",
                                          "a./b",
                                          "a..b",
                                          "x.lock",
                                          "x.lock/y",
                                          "x.tmp",
                                          "main.0a1b2c3d.tmp",
                                          "a b",
                                          "a\nb",
                                          "a\x7f",
                                          "a\x1b[0m",
                                          "a~1",
                                          "a^",
                                          "a:b",
                                          "a?",
                                          "a*",
                                          "a[b",
                                          "a\\b",
                                          "@",
                                          "a@{1}",
                                          "Thumbs.db",
                                          "desktop.ini",
                                          "x/.DS_Store",
                                          "\xff",
                                          "\xc2\x85",
                                          std::string("a\0b", 3),
                                          std::string(256, 'a'),
                                          std::string(5000, 'a')};
  for (const std::string& name : names) {
    CAPTURE(name);
    const auto flaw = ref_name_flaw(name);
    REQUIRE(flaw);
    CHECK_FALSE(flaw->empty());
  }
}

TEST_CASE("found ref files are judged tolerantly by name") {
  const std::vector<std::pair<std::string, RefEntryKind>> cases = {
      {"main", RefEntryKind::ref},
      {"refs/pr/1", RefEntryKind::ref},
      {"a b", RefEntryKind::ref},
      {".hidden", RefEntryKind::ref},
      {"main.0a1b2c3d.tmp", RefEntryKind::temporary},
      {"main.tmp", RefEntryKind::temporary},
      {"main.lock", RefEntryKind::temporary},
      {"x.tmp/main", RefEntryKind::ref},
      {".DS_Store", RefEntryKind::system_file},
      {"refs/Thumbs.db", RefEntryKind::system_file},
      {"a\nb", RefEntryKind::unsafe},
      {"\xff", RefEntryKind::unsafe},
      {"../x", RefEntryKind::unsafe},
      {"", RefEntryKind::unsafe},
  };
  for (const auto& [path, kind] : cases) {
    CAPTURE(path);
    CHECK(classify_ref_entry(path) == kind);
  }
}

TEST_CASE("git refs get the names that the hub's clients use") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"refs/heads/main", "main"},
      {"refs/heads/feature/x", "feature/x"},
      {"refs/remotes/origin/main", "main"},
      {"refs/remotes/origin/a/b", "a/b"},
      {"refs/tags/v1", "v1"},
      {"refs/pr/1", "refs/pr/1"},
      {"refs/convert/parquet", "refs/convert/parquet"},
      {"HEAD", ""},
      {"refs/remotes/origin/HEAD", ""},
      {"refs/remotes/upstream/main", ""},
      {"refs/remotes/origin", ""},
      {"refs/heads/", ""},
      {"refs/heads/../x", ""},
      {"refs/heads/x.lock", ""},
      {"refs/heads/1111111111222222222233333333334444444444", ""},
      {"refs/stash", ""},
      {"refs/notes/commits", ""},
      {"refs/pr/../../x", ""},
      {"main", ""},
      {"", ""},
  };
  for (const auto& [git_ref, name] : cases) {
    CAPTURE(git_ref);
    CHECK(hub_ref_name(git_ref).value_or("") == name);
  }
  CHECK(hub_ref_name("refs/remotes/upstream/main", "upstream") == "main");
  CHECK_FALSE(hub_ref_name("refs/remotes/origin/main", "upstream"));
}
