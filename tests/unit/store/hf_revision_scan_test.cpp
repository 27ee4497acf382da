// SPDX-License-Identifier: Apache-2.0
#include "hf_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string large_name = "de536dafcba6e8e240f8c7ec0d368a53f15aedc9c3072076ae6c405e29d4bf8e";

RevisionInventory revision_in(const CacheBuilder& cache) {
  return revision_of(take_stock(cache.root()).repo(), commit_1);
}

std::string deep_path(std::size_t directories) {
  std::string path;
  for (std::size_t i = 0; i < directories; ++i) path += "d/";
  return path + "file";
}

}  // namespace

TEST_CASE("a revision is complete when all files of its listing are here, and unknown without a listing") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  CHECK(revision_in(cache).complete == std::nullopt);
  std::vector<RepoBuilder::Listed> files = {
      {"config.json", 2}, {"model.bin", 5000, std::string(40, 'a'), large_name}, {"sub/dir/a file.txt", 6}};
  repo.listing(commit_1, files);
  CHECK(revision_in(cache).complete == true);
  CHECK(revision_in(cache).lacking.empty());
  files.push_back({"tokenizer.json", 1});
  repo.listing(commit_1, files);
  CHECK(revision_in(cache).complete == false);
  CHECK(lines_of(revision_in(cache).lacking) == Strings{"tokenizer.json is not here"});
  cache.dir().write(repo.path("trees/" + commit_1 + ".json"), "garbage");
  CHECK(revision_in(cache).complete == std::nullopt);
}

TEST_CASE("a listing judges plain files, shared payloads and what is broken alike") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  repo.ref("main", commit_1);
  repo.plain(commit_1, "plain", "1234");
  repo.link(commit_1, "shared", repo.shared_blob("12345678"));
  repo.listing(commit_1, {{"plain", 4}, {"shared", 8}});
  CHECK(revision_in(cache).complete == true);
  repo.link(commit_1, "broken", std::string(64, 'b'));
  repo.listing(commit_1, {{"broken", 1}, {"plain", 5}, {"shared", 8}});
  const RevisionInventory found = revision_in(cache);
  CHECK(found.complete == false);
  CHECK(lines_of(found.lacking) ==
        Strings{"broken leads to nothing", "plain has 4 bytes, its listing says 5"});
}

TEST_CASE("a truncated content is told by the listing alone") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  cache.dir().write(repo.path("blobs/" + large_name), "WW");
  CHECK(take_stock(cache.root()).repo().findings.empty());
  repo.listing(commit_1, {{"model.bin", 5000, std::string(40, 'a'), large_name}});
  const RepoInventory found = take_stock(cache.root()).repo();
  CHECK(told(found.findings) ==
        Strings{"blob_size error " + repo.path("snapshots/" + commit_1 + "/model.bin")});
  CHECK(found.revisions[0].lacking.size() == 1);
}

TEST_CASE("names of any bytes are files") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  repo.ref("main", commit_1);
  Strings names = {"new\nline", "\xff\xfe", "größe", "模型", " ", "...", "-rf", "#%?", std::string(255, 'n')};
  for (const std::string& name : names) repo.linked(commit_1, name, name);
  std::sort(names.begin(), names.end());
  const RepoInventory found = take_stock(cache.root()).repo();
  CHECK(found.findings.empty());
  Strings listed;
  for (const FileInventory& file : found.revisions[0].list) listed.push_back(file.path);
  CHECK(listed == names);
}

TEST_CASE("128 levels are read, and what is deeper is told and not counted") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  repo.ref("main", commit_1);
  repo.linked(commit_1, deep_path(128), "deepest");
  CHECK(take_stock(cache.root()).repo().findings.empty());
  CHECK(revision_in(cache).files == 1);
  repo.linked(commit_1, deep_path(129), "too deep");
  repo.linked(commit_1, deep_path(400), "far too deep");
  const RepoInventory found = take_stock(cache.root()).repo();
  REQUIRE(found.findings.size() == 3);  // and two orphans
  CHECK(found.findings[0].code == FindingCode::name_unsafe);
  CHECK(found.revisions[0].files == 1);
  CHECK(found.revisions[0].lacking.size() == 1);
}

TEST_CASE("refs and absence markers may be nested without an end") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.ref(deep_path(500), commit_1);
  repo.no_exist(commit_1, deep_path(500));
  const RepoInventory found = take_stock(cache.root()).repo();
  CHECK(found.findings.empty());
  CHECK(found.refs.size() == 2);
}

TEST_CASE("what may not be read is a finding, and the rest is read") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.linked(commit_2, "b", "b");
  repo.ref("dev", commit_2);
  repo.listing(commit_1, {{"config.json", 2}});
  open_to_all(cache);
  struct Row {
    std::string name;
    unsigned mode;
    Strings findings;
  };
  // What is not to be seen may name any content, so none is called an orphan.
  const std::string denied = "permission_denied error ";
  const Row row = GENERATE_COPY(
      Row{"refs/dev",
          0000,
          {denied + repo.path("refs/dev"), "revision_detached note " + repo.path("snapshots/" + commit_2)}},
      Row{"snapshots/" + commit_2, 0000, {denied + repo.path("snapshots/" + commit_2)}},
      Row{"snapshots/" + commit_1 + "/sub", 0000, {denied + repo.path("snapshots/" + commit_1 + "/sub")}},
      Row{"trees", 0000, {"tree_unreadable warning " + repo.path("trees")}},
      Row{"trees/" + commit_1 + ".json",
          0000,
          {"tree_unreadable warning " + repo.path("trees/" + commit_1 + ".json")}});
  const ModeGuard closed(cache, repo.path(row.name), row.mode);
  CHECK(as_nobody([&] { return joined(told(take_stock(cache.root()).repo().findings)); }) ==
        joined(row.findings));
}

TEST_CASE("a repo, or a part of it, that may not be entered is shown") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  cache.demo("models--sound");
  open_to_all(cache);
  const auto part = GENERATE(as<std::string>(), "", "/refs", "/blobs", "/snapshots");
  const ModeGuard closed(cache, repo.folder() + part, GENERATE(0000u, 0444u));
  const std::string found = as_nobody([&] {
    const Stock stock = take_stock(cache.root());
    return std::to_string(stock.repo("models--sound").size) + "\n" + joined(told(stock.repo().findings));
  });
  INFO(found);
  CHECK(found.starts_with("5008\n"));
  CHECK(found.find("permission_denied error " + repo.folder() + part) != std::string::npos);
}

TEST_CASE("a revision with a directory that may not be read lacks something") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  open_to_all(cache);
  const ModeGuard closed(cache, repo.path("snapshots/" + commit_1 + "/sub"), 0);
  CHECK(as_nobody([&] { return joined(lines_of(revision_in(cache).lacking)); }) == "sub cannot be read\n");
}

TEST_CASE("a part of the shared store that may not be read leaves the rest readable") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  const std::string name = repo.shared_blob("payload");
  repo.link(commit_1, "shared", name);
  const std::string prefix = CacheBuilder::payload_path(cache.payload("payload")).substr(0, 8);
  open_to_all(cache);
  const ModeGuard closed(cache, prefix, 0);
  const std::string found = as_nobody([&] {
    const Stock stock = take_stock(cache.root());
    return std::to_string(stock.repo().size) + "\n" + joined(told(stock.repo().findings)) +
           joined(told(stock.cache.findings));
  });
  CHECK(found == "5008\nlink_broken error " + repo.path("snapshots/" + commit_1 + "/shared") +
                     "\npermission_denied error " + repo.path("blobs/" + name) +
                     "\npermission_denied error " + prefix + "\n");
}
