// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_quoting.hpp"

#include "modelcache/format/git_attributes.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;

TEST_CASE("a value of a config cannot end its line or its quotes") {
  CHECK(quoted_config_value("https://host/a b") == "\"https://host/a b\"");
  CHECK(quoted_config_value("a\"; # b\\c\n[core]") == "\"a\\\"; # b\\\\c\\n[core]\"");
}

TEST_CASE("a line of attributes is for this file and no other") {
  const std::string rest = " filter=lfs diff=lfs merge=lfs -text\n";
  CHECK(lfs_attributes_line(*RelPath::parse("dir/model.bin")) == "/dir/model.bin" + rest);
  CHECK(lfs_attributes_line(*RelPath::parse("a b")) == "\"/a b\"" + rest);
  CHECK(lfs_attributes_line(*RelPath::parse("a\"\n\xc3\xbc")) == "\"/a\\\"\\012\\303\\274\"" + rest);
  CHECK(lfs_attributes_line(*RelPath::parse("a*[b]\\?")) == "\"/a\\\\*\\\\[b]\\\\\\\\\\\\?\"" + rest);
}

TEST_CASE("our reader of attributes takes each line for its file") {
  for (const char* name : {"model.bin", "dir/a b", "#x", "!x", "a*b", "a?b", "[a]", "a\\b", "a\"b", "tab\tx",
                           "größe/说明.bin", "new\nline", "-text", "a=b"}) {
    CAPTURE(name);
    const RelPath path = *RelPath::parse(name);
    const std::string line = lfs_attributes_line(path);
    const GitAttributes attributes({{"", line}});
    CHECK(attributes.filter(path) == FilterAttribute::lfs);
    for (const char* other : {"other", "axb", "a", "dir/a", "x"})
      if (std::string(other) != name)
        CHECK(attributes.filter(*RelPath::parse(other)) == FilterAttribute::none);
  }
}

TEST_CASE("a word of a shell command is one word and nothing else") {
  CHECK(quoted_shell_word("/home/me/model") == "/home/me/model");
  CHECK(quoted_shell_word("") == "''");
  CHECK(quoted_shell_word("a b") == "'a b'");
  CHECK(quoted_shell_word("it's; $(x)") == "'it'\\''s; $(x)'");
}
