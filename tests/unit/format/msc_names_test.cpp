// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/msc_names.hpp"

#include "support/catch.hpp"

#include <string>

using namespace modelcache;

TEST_CASE("what clients keep beside the files of a repo is known by its first part") {
  for (const char* path :
       {".msc", ".mdl", ".mv", ".msc.corrupted", ".mdl.corrupted", ".msc.0123abcd.incomplete", "._tmp",
        "._tmp/org/name/x", "._____temp/x", ".lock/x", ".modelcache/contents/x"}) {
    INFO(path);
    CHECK(is_client_file(path));
  }
  for (const char* path : {"a", ".mscx", ".mvp/x", "sub/.msc", "sub/._tmp/x", "msc", ".gitignore", ""}) {
    INFO(path);
    CHECK_FALSE(is_client_file(path));
  }
  CHECK(is_index_leftover("tmpabc.tmp"));
  CHECK_FALSE(is_index_leftover("sub/tmpabc.tmp"));
  CHECK_FALSE(is_index_leftover("tmpabc"));
}

TEST_CASE("each client leaves other git files out of its index") {
  const auto model = RepoType::model;
  CHECK(belongs_in_index(MscFlavour::aistudio, model, "a.txt"));
  CHECK_FALSE(belongs_in_index(MscFlavour::aistudio, model, ".gitattributes"));
  CHECK(belongs_in_index(MscFlavour::aistudio, model, "sub/.gitignore"));
  CHECK_FALSE(belongs_in_index(MscFlavour::modelscope, model, "sub/.gitignore"));
  CHECK(belongs_in_index(MscFlavour::modelscope, RepoType::dataset, ".gitattributes"));
}

TEST_CASE("an entry without a usable path has a flaw, and one with a usable path none") {
  MscEntry entry = msc_entry(RelPath::parse("sub/a.bin").value(), "0123");
  CHECK_FALSE(entry_flaw(entry));
  for (const char* path : {"", "/etc/passwd", "../x", "a//b", "a/./b", ".msc", "._tmp/x"}) {
    INFO(path);
    entry.path = path;
    CHECK(entry_flaw(entry));
  }
  entry.path = "a";
  entry.is_file_name = false;
  CHECK(entry_flaw(entry) == "no file can have this name");
  entry.has_path = false;
  CHECK(entry_flaw(entry));
}

TEST_CASE("a git id, or its beginning, is lower-case hexadecimal") {
  for (const std::string& text : {std::string(40, 'a'), std::string("0123456")}) CHECK(is_git_id(text));
  for (const std::string& text :
       {std::string(), std::string("012345"), std::string(41, 'a'), std::string("N/A"), std::string(40, 'A')})
    CHECK_FALSE(is_git_id(text));
}

TEST_CASE("the dots of a repo's name are masked, and put back") {
  CHECK(masked_name("Qwen2.5-7B") == "Qwen2___5-7B");
  CHECK(unmasked_name("Qwen2___5-7B") == "Qwen2.5-7B");
  CHECK(mdl_id(RepoId::parse(RepoType::model, "my.org/a.b")) == "my.org/a___b");
}
