// SPDX-License-Identifier: Apache-2.0
#include "tree_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string folder = "models/org/demo";
const std::string index_path = folder + "/.msc";

// The findings of a repo with this index.
Strings with_entries(const std::vector<std::pair<std::string, std::string>>& entries,
                     Layout layout = Layout::aistudio) {
  const TreeBuilder tree(layout);
  tree.demo();
  tree.index(folder, entries);
  return tree.findings();
}

Strings with_index(const std::string& bytes, Layout layout = Layout::aistudio) {
  const TreeBuilder tree(layout);
  tree.demo();
  tree.dir().write(index_path, bytes);
  return tree.findings();
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

}  // namespace

TEST_CASE("an entry without a file and a file without an entry are told") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo();
  tree.index(folder, {{"config.json", blob_id}, {"gone.bin", blob_id}, {"sub", blob_id}});
  CHECK(tree.findings() == Strings{"blob_missing error models/org/demo/gone.bin",
                                   "blob_missing error models/org/demo/sub",
                                   "stray_entry warning models/org/demo/sub/model.bin"});
  const RevisionInventory revision = tree.stock().repo(folder).revisions.front();
  CHECK(revision.complete == false);
  CHECK(lines_of(revision.lacking) == Strings{"gone.bin is not here", "sub is not here"});
  // What no entry names is there all the same.
  CHECK(paths_of(revision) == Strings{"config.json", "sub/model.bin"});
  CHECK(tree.stock().repo(folder).reclaimable == 0);
  CHECK(tree.stock(Detail::revisions).repo(folder).revisions.front().complete == false);
}

TEST_CASE("git's own files need an entry only where the client downloads them") {
  const auto findings = [](Layout layout, const std::string& where) {
    const TreeBuilder tree(layout);
    tree.demo(where);
    tree.dir().write(where + "/.mdl", write_mdl("org/demo"));
    for (const char* name : {".gitattributes", ".gitignore", "sub/.gitattributes"})
      tree.dir().write(where + "/" + name, "");
    return tree.findings(where);
  };
  CHECK(findings(Layout::aistudio, folder) ==
        Strings{"stray_entry warning models/org/demo/sub/.gitattributes"});
  CHECK(findings(Layout::modelscope, folder).empty());
  CHECK(findings(Layout::modelscope, "datasets/org/demo").size() == 3);
}

TEST_CASE("an index that cannot be read is told once, and the files are shown") {
  for (const std::string& bytes : {std::string(), std::string("garbage"), from_hex("80045d"),
                                   from_hex("80047d942e"), std::string("\x80\x04N.", 4)}) {
    CAPTURE(bytes);
    CHECK(with_index(bytes) == Strings{"index_unreadable error models/org/demo/.msc"});
  }
  const TreeBuilder tree(Layout::aistudio);
  tree.demo();
  tree.dir().write(index_path, "garbage");
  CHECK(tree.stock().repo(folder).files == 2);
  CHECK(tree.stock().repo(folder).revisions.front().complete == std::nullopt);
}

TEST_CASE("without an index that is all there is to say") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo();
  std::filesystem::remove(tree.dir().path(index_path));
  CHECK(tree.findings() == Strings{"index_unreadable warning models/org/demo/.msc"});
}

TEST_CASE("an index in the wrong place or without bounds is not read") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo();
  std::filesystem::remove(tree.dir().path(index_path));
  tree.dir().write("models/org/elsewhere", write_msc({}));
  tree.dir().link("../elsewhere", index_path);
  CHECK(tree.findings() == Strings{"index_unreadable error models/org/demo/.msc"});
  std::filesystem::remove(tree.dir().path(index_path));
  tree.dir().write(index_path, "");
  std::filesystem::resize_file(tree.dir().path(index_path), pickle_limit + 1);
  CHECK(tree.findings() == Strings{"index_unreadable error models/org/demo/.msc"});
}

TEST_CASE("an index that would run code is told with its opcode and where it is") {
  const std::string evil = from_hex("636f730a73797374656d0a28532774727565270a74522e");
  CHECK(with_index(evil) == Strings{"index_unsafe error models/org/demo/.msc"});
  const TreeBuilder tree(Layout::modelscope);
  tree.demo();
  tree.dir().write(
      folder + "/.mdl",
      from_hex("80049520000000000000008c086275696c74696e73948c04657865639493948c047061737394859452942e"));
  CHECK(tree.findings() == Strings{"index_unsafe error models/org/demo/.mdl"});
  const std::string detail = tree.detail(FindingCode::index_unsafe);
  CHECK(detail.find("STACK_GLOBAL") != std::string::npos);
  CHECK(detail.find("29") != std::string::npos);
}

TEST_CASE("an id or a revision that its client did not write is told") {
  const auto with_file = [](const std::string& name, const std::string& content, Layout layout) {
    const TreeBuilder tree(layout);
    tree.demo();
    tree.dir().write(folder + "/" + name, content);
    return tree.findings();
  };
  const Strings odd_version{"index_unreadable warning models/org/demo/.mv"};
  const Strings odd_id{"index_unreadable warning models/org/demo/.mdl"};
  for (const std::string& text : {std::string(), std::string("two\nlines"), std::string("\xff"),
                                  "Revision:" + commit_1, std::string(5000, 'x')})
    for (const Layout layout : {Layout::aistudio, Layout::modelscope}) {
      CAPTURE(text);
      CHECK(with_file(".mv", text, layout) == odd_version);
    }
  CHECK(with_file(".mv", "master", Layout::aistudio) == odd_version);
  CHECK(with_file(".mv", "master", Layout::modelscope).empty());
  CHECK(with_file(".mv", aistudio_version, Layout::modelscope) == odd_version);
  CHECK(with_file(".mdl", "garbage", Layout::aistudio) == odd_id);
  CHECK(with_file(".mdl", write_mdl("org/other"), Layout::aistudio) == odd_id);
  CHECK(with_file(".mdl", from_hex("80047d942e"), Layout::aistudio) == odd_id);
}

TEST_CASE("an entry of a kind that the client fails on is told of the index") {
  // [{'Path': 'config.json'}, {'Path': 'sub/model.bin', 'Revision': 7}]
  const std::string bytes =
      "(lp0\n(dp1\nVPath\np2\nVconfig.json\np3\nsa(dp4\nVPath\np5\nVsub/"
      "model.bin\np6\nsVRevision\np7\nI7\nsa.";
  CHECK(with_index(bytes) == Strings{"index_unreadable error models/org/demo/.msc",
                                     "index_unreadable warning models/org/demo/.msc"});
}

TEST_CASE("a path that is named twice is told") {
  CHECK(with_entries({{"config.json", blob_id}, {"config.json", blob_id}, {"sub/model.bin", blob_id}}) ==
        Strings{"index_duplicate warning models/org/demo/config.json"});
  const TreeBuilder tree(Layout::aistudio);
  tree.demo();
  tree.index(folder, {{"config.json", blob_id}, {"config.json", commit_1}, {"sub/model.bin", blob_id}});
  CHECK(tree.detail(FindingCode::index_duplicate).find("different") != std::string::npos);
}

TEST_CASE("an entry with other keys is told") {
  // [{'Path': 'config.json', 'Revision': 40 a's, 'Size': 7}, …]
  const std::string bytes =
      "(lp0\n(dp1\nVPath\np2\nVconfig.json\np3\nsVRevision\np4\nV" + blob_id +
      "\np5\nsVSize\np6\nI7\nsa(dp7\nVPath\np8\nVsub/model.bin\np9\nsVRevision\np10\nV" + blob_id +
      "\np11\nsa.";
  CHECK(with_index(bytes) == Strings{"index_extra_keys note models/org/demo/config.json"});
}

TEST_CASE("a revision that its client does not compare with is told") {
  for (const char* revision :
       {"", "N/A", "master", "aaaaaaa", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "0"}) {
    CAPTURE(revision);
    CHECK(with_entries({{"config.json", revision}, {"sub/model.bin", blob_id}}) ==
          Strings{"index_revision warning models/org/demo/config.json"});
  }
  CHECK(with_entries({{"config.json", std::string(64, 'b')}, {"sub/model.bin", blob_id}}).empty());
}

TEST_CASE("a path that leads out of the repo or to the client's own files is told and never looked at") {
  for (const std::string& path :
       {std::string(), std::string("/etc/passwd"), std::string("../x"), std::string("a/../../x"),
        std::string("./config.json"), std::string("sub//x"), std::string("sub/"), std::string(".msc"),
        std::string(".mdl"), std::string(".mv"), std::string("._tmp/x"), std::string("._____temp/x"),
        std::string(".lock/x"), std::string("a\0b", 3), std::string(5000, 'x')}) {
    CAPTURE(path);
    CHECK(with_entries({{path, blob_id}, {"config.json", blob_id}, {"sub/model.bin", blob_id}}) ==
          Strings{"name_unsafe error models/org/demo/.msc"});
  }
}

TEST_CASE("a path in another Unicode form than its file's name is told as that") {
  const std::string composed = "caf\xc3\xa9.txt";
  const std::string decomposed = "cafe\xcc\x81.txt";
  for (const auto& [entry, name] : {std::pair(composed, decomposed), std::pair(decomposed, composed)}) {
    const TreeBuilder tree(Layout::aistudio);
    tree.demo();
    tree.dir().write(folder + "/" + name, "x");
    tree.index(folder, {{"config.json", blob_id}, {"sub/model.bin", blob_id}, {entry, blob_id}});
    CHECK(tree.findings() == Strings{"name_unsafe error models/org/demo/" + name});
    CHECK(lines_of(tree.stock().repo(folder).revisions.front().lacking) == Strings{entry + " is not here"});
    tree.index(folder, {{"config.json", blob_id}, {"sub/model.bin", blob_id}, {name, blob_id}});
    CHECK(tree.findings().empty());
  }
}

TEST_CASE("a name that is not UTF-8 is one like others") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo();
  tree.dir().write(folder + "/a\xff", "x");
  tree.index(folder, {{"config.json", blob_id}, {"sub/model.bin", blob_id}, {"a\xff", blob_id}});
  CHECK(tree.findings().empty());
  tree.index(folder, {{"config.json", blob_id}, {"sub/model.bin", blob_id}});
  CHECK(tree.findings() == Strings{"stray_entry warning models/org/demo/a\xff"});
}

TEST_CASE("indexes that were put aside or never finished are told, and the former can be freed") {
  const TreeBuilder tree(Layout::modelscope);
  tree.demo();
  tree.dir().write(folder + "/.msc.corrupted", std::string(5000, 'x'));
  CHECK(tree.findings() == Strings{"stray_entry note models/org/demo/.msc.corrupted"});
  CHECK(tree.stock().repo(folder).reclaimable >= 5000);
  std::filesystem::remove(tree.dir().path(folder + "/.msc.corrupted"));
  tree.dir().write(folder + "/tmpab_1x.tmp", "x");
  CHECK(tree.findings() == Strings{"stray_entry note models/org/demo/tmpab_1x.tmp"});
  CHECK(tree.stock().repo(folder).reclaimable == 0);
  CHECK(tree.stock().repo(folder).files == 2);
}
