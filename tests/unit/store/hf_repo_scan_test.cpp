// SPDX-License-Identifier: Apache-2.0
#include "hf_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string demo_path = "models--org--demo";

// One thing that is wrong in a repo that is otherwise sound.
struct Flaw {
  std::string name;
  std::function<void(const CacheBuilder&, const RepoBuilder&)> make;
  Strings findings;  // of the repo, without its folder in the path
};

std::string main_path(std::string_view file) {
  return "snapshots/" + commit_1 + "/" + std::string(file);
}

const std::string blob_b(64, 'b');

// The states for which the client's scanner hides a whole repo or says nothing at all.
std::vector<Flaw> ref_flaws() {
  const auto ref = [](std::string name, std::string text) {
    return [=](const CacheBuilder&, const RepoBuilder& repo) { repo.ref(name, text); };
  };
  return {
      {"an empty ref", ref("dev", ""), {"ref_malformed error /refs/dev"}},
      {"a ref with a newline", ref("dev", commit_1 + "\n"), {"ref_newline error /refs/dev"}},
      {"a ref with a carriage return", ref("dev", commit_1 + "\r\n"), {"ref_newline error /refs/dev"}},
      {"a ref with a byte order mark",
       ref("dev", "\xEF\xBB\xBF" + commit_1),
       {"ref_malformed error /refs/dev"}},
      {"a ref that is not UTF-8", ref("dev", "\xff\xfe"), {"ref_malformed error /refs/dev"}},
      {"a ref that is far too long",
       ref("dev", std::string(100'000, '1')),
       {"ref_malformed error /refs/dev"}},
      {"a ref to a commit that is not here", ref("dev", commit_3), {"ref_dangling error /refs/dev"}},
      {"a nested ref to a commit that is not here",
       ref("refs/pr/1", commit_3),
       {"ref_dangling error /refs/refs/pr/1"}},
      {"an empty leftover of a ref's write",
       ref("main.ab12cd34.tmp", ""),
       {"ref_malformed error /refs/main.ab12cd34.tmp"}},
      {"a full leftover of a ref's write", ref("main.ab12cd34.tmp", commit_1), {}},
      {"a system's file in refs", ref(".DS_Store", "x"), {}},
      {"a ref that is a link",
       [](const CacheBuilder& cache, const RepoBuilder& repo) {
         cache.dir().link("main", repo.path("refs/dev"));
       },
       {"link_escapes error /refs/dev"}},
      {"a ref that is a pipe",
       [](const CacheBuilder& cache, const RepoBuilder& repo) { cache.dir().fifo(repo.path("refs/dev")); },
       {"link_escapes error /refs/dev"}},
  };
}

std::vector<Flaw> revision_flaws() {
  const auto link = [](std::string text, std::string name) {
    return
        [=](const CacheBuilder& cache, const RepoBuilder& repo) { cache.dir().link(text, repo.path(name)); };
  };
  const auto file = [](std::string name, std::string content) {
    return [=](const CacheBuilder& cache, const RepoBuilder& repo) {
      cache.dir().write(repo.path(name), content);
    };
  };
  return {
      {"a dangling link",
       link("../../blobs/" + blob_b, main_path("x")),
       {"link_broken error /" + main_path("x")}},
      {"a link loop", link("x", main_path("x")), {"link_broken error /" + main_path("x")}},
      {"a link to a directory", link("sub", main_path("x")), {"link_broken error /" + main_path("x")}},
      {"a link to the blobs", link("../../blobs", main_path("x")), {"link_broken error /" + main_path("x")}},
      {"a link out of the cache",
       link("/etc/hostname", main_path("x")),
       {"link_escapes error /" + main_path("x")}},
      {"a link up and out",
       link("../../../../outside", main_path("x")),
       {"link_escapes error /" + main_path("x")}},
      {"a link into another repo",
       link("../../../models--other/blobs/" + blob_b, main_path("x")),
       {"link_escapes error /" + main_path("x")}},
      {"an absolute path that does not exist",
       link("/none/models--org--demo/blobs/" + blob_b, main_path("x")),
       {"link_escapes error /" + main_path("x")}},
      {"a link with too few steps up",
       link("../blobs/" + blob_b, main_path("x")),
       {"link_broken error /" + main_path("x")}},
      {"a file in snapshots", file("snapshots/stray", ""), {"stray_entry error /snapshots/stray"}},
      {"a system's file in snapshots", file("snapshots/.DS_Store", ""), {}},
      {"a system's file in a revision", file(main_path(".DS_Store"), ""), {}},
      {"a real file in a revision", file(main_path("np/weights"), "w"), {}},
      {"a revision that is a link",
       link(commit_1, "snapshots/" + commit_2),
       {"link_escapes error /snapshots/" + commit_2, "revision_detached note /snapshots/" + commit_2}},
      {"an empty revision that no ref names",
       [](const CacheBuilder& cache, const RepoBuilder& repo) {
         cache.dir().make_dir(repo.path("snapshots/" + commit_2));
       },
       {"revision_detached note /snapshots/" + commit_2}},
      {"a listing that lacks a file",
       [](const CacheBuilder&, const RepoBuilder& repo) {
         repo.listing(commit_1, {{"config.json", 2}});
       },
       {}},
      {"a listing with a file that is not here",
       [](const CacheBuilder&, const RepoBuilder& repo) {
         repo.listing(commit_1, {{"config.json", 2}, {"more", 1}});
       },
       {"revision_incomplete note /snapshots/" + commit_1}},
      {"a listing with another size",
       [](const CacheBuilder&, const RepoBuilder& repo) {
         repo.listing(commit_1, {{"config.json", 3}});
       },
       {"blob_size error /" + main_path("config.json")}},
      {"a listing that is garbage",
       file("trees/" + commit_1 + ".json", "{"),
       {"tree_unreadable warning /trees/" + commit_1 + ".json"}},
      {"a listing of version 2",
       file("trees/" + commit_1 + ".json", R"({"format_version": 2, "files": {}})"),
       {"tree_unreadable warning /trees/" + commit_1 + ".json"}},
      {"a listing that is an array",
       file("trees/" + commit_1 + ".json", "[]"),
       {"tree_unreadable warning /trees/" + commit_1 + ".json"}},
      {"a listing with a masked hash",
       file("trees/" + commit_1 + ".json",
            R"({"format_version": 1, "files": {"a": {"size": 1, "blob_id": ")" + std::string(40, 'a') +
                R"(", "xet_hash": "****"}}})"),
       {"tree_unreadable warning /trees/" + commit_1 + ".json"}},
      {"a listing that is a link",
       link("../refs/main", "trees/" + commit_1 + ".json"),
       {"tree_unreadable warning /trees/" + commit_1 + ".json"}},
      {"a listing that is a pipe",
       [](const CacheBuilder& cache, const RepoBuilder& repo) {
         cache.dir().fifo(repo.path("trees/" + commit_1 + ".json"));
       },
       {"tree_unreadable warning /trees/" + commit_1 + ".json"}},
  };
}

std::vector<Flaw> blob_flaws() {
  const auto file = [](std::string name, std::string content) {
    return [=](const CacheBuilder& cache, const RepoBuilder& repo) {
      cache.dir().write(repo.path(name), content);
    };
  };
  const auto link = [](std::string text) {
    return [=](const CacheBuilder& cache, const RepoBuilder& repo) {
      cache.dir().link(text, repo.path("blobs/" + blob_b));
      repo.link(commit_1, "x", blob_b);
    };
  };
  const std::string orphan = "blob_orphan note /blobs/";
  const std::string stray = "stray_entry warning /blobs/";
  const std::string partial = "partial_download note /blobs/";
  const std::string x = "link_broken error /" + main_path("x");
  const std::string payload = std::string(64, 'c');
  return {
      {"an orphan of 64 digits", file("blobs/" + blob_b, "o"), {orphan + blob_b}},
      {"an orphan with another name", file("blobs/abc-123", "o"), {orphan + "abc-123"}},
      {"a blob link out of the cache", link("/etc/hostname"), {"link_absolute warning /blobs/" + blob_b, x}},
      {"a blob link up and out", link("../../../outside"), {"link_escapes error /blobs/" + blob_b, x}},
      {"a blob link to a payload under another prefix",
       link("../../blobs/dd/" + payload),
       {"link_escapes error /blobs/" + blob_b, x}},
      {"a blob link to a payload that is gone",
       link("../../blobs/cc/" + payload),
       {"link_broken error /blobs/" + blob_b, x}},
      {"a directory among the blobs",
       [](const CacheBuilder& cache, const RepoBuilder& repo) {
         cache.dir().make_dir(repo.path("blobs/" + blob_b));
       },
       {stray + blob_b}},
      {"a pipe among the blobs",
       [](const CacheBuilder& cache, const RepoBuilder& repo) {
         cache.dir().fifo(repo.path("blobs/" + blob_b));
       },
       {stray + blob_b}},
      {"a partial download",
       file("blobs/" + blob_b + ".01234567.incomplete", ""),
       {partial + blob_b + ".01234567.incomplete"}},
      {"an old client's partial download",
       file("blobs/" + blob_b + ".incomplete", ""),
       {partial + blob_b + ".incomplete"}},
      {"a partial download of hf-hub", file("blobs/" + blob_b + ".part", ""), {partial + blob_b + ".part"}},
      {"a partial download of hf-hub's tokio",
       file("blobs/" + blob_b + ".sync.part", ""),
       {partial + blob_b + ".sync.part"}},
      {"a partial download of llama.cpp",
       file("blobs/" + blob_b + ".downloadInProgress", ""),
       {partial + blob_b + ".downloadInProgress"}},
      {"a lock of hf-hub", file("blobs/" + blob_b + ".lock", ""), {}},
      {"a probe of the umask", file("blobs/tmp_01234567-89ab-cdef-0123-456789abcdef", ""), {}},
      {"a new content on its way",
       file("blobs/." + blob_b + ".01234567.new", ""),
       {stray + "." + blob_b + ".01234567.new"}},
      {"the former content of a blob",
       file("blobs/." + blob_b + ".01234567.old", ""),
       {stray + "." + blob_b + ".01234567.old"}},
      {"a staged link to the shared store",
       file("blobs/." + blob_b + ".01234567.shared", ""),
       {stray + "." + blob_b + ".01234567.shared"}},
      {"an etag of llama.cpp", file("blobs/model.gguf.etag", ""), {stray + "model.gguf.etag"}},
  };
}

std::vector<Flaw> place_flaws() {
  const auto replace = [](std::string name, std::string text) {
    return [=](const CacheBuilder& cache, const RepoBuilder& repo) {
      const std::string path = cache.dir().path(repo.path(name));
      std::filesystem::remove_all(path);
      if (text == "file")
        cache.dir().write(repo.path(name), "file");
      else if (!text.empty())
        cache.dir().link(text, repo.path(name));
    };
  };
  const std::string dangling = "ref_dangling error /refs/main";
  const Strings orphans = {"blob_orphan note /blobs/7c94edff0c2f15304dfe97a1246df025438ad3c3"};
  return {
      {"a temporary directory in the repo",
       [](const CacheBuilder& cache, const RepoBuilder& repo) {
         cache.dir().write(repo.path("tmpabcd/dummy_file_src"), "");
         cache.dir().write(repo.path(".modelcache/tmp/x"), "");
         cache.dir().write(repo.path("trees/tmpabcdefgh.tmp"), "");
         repo.no_exist(commit_1, "nope/absent.json");
       },
       {}},
      {"no refs", replace("refs", ""), {"revision_detached note /snapshots/" + commit_1}},
      {"refs is a file",
       replace("refs", "file"),
       {"revision_detached note /snapshots/" + commit_1, "stray_entry error /refs"}},
      {"refs is a link",
       replace("refs", "snapshots"),
       {"link_escapes error /refs", "revision_detached note /snapshots/" + commit_1}},
      {"trees is a file", replace("trees", "file"), {"tree_unreadable warning /trees"}},
      {"trees is a link", replace("trees", "snapshots"), {"tree_unreadable warning /trees"}},
      {"trees is a dangling link", replace("trees", "nowhere"), {"tree_unreadable warning /trees"}},
      {".no_exist is a link", replace(".no_exist", "snapshots"), {}},
  };
}

void check_flaw(const Flaw& flaw) {
  INFO(flaw.name);
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  repo.linked(commit_1, "config.json", "{}");
  repo.linked(commit_1, "sub/weird", "weird");
  repo.ref("main", commit_1);
  cache.demo("models--sound");
  flaw.make(cache, repo);
  const Stock stock = take_stock(cache.root());
  Strings found;
  for (std::string line : told(stock.repo().findings))
    found.push_back(line.replace(line.find(demo_path), demo_path.size(), ""));
  std::sort(found.begin(), found.end());
  Strings wanted = flaw.findings;
  std::sort(wanted.begin(), wanted.end());
  CHECK(found == wanted);
  CHECK(stock.repo().id == "org/demo");
  CHECK(revision_of(stock.repo(), commit_1).files >= 2);
  CHECK(stock.repo("models--sound").findings.empty());
  CHECK(stock.repo("models--sound").size == 5008);
}

}  // namespace

TEST_CASE("a flawed ref is a finding on a repo that is shown") {
  for (const Flaw& flaw : ref_flaws()) check_flaw(flaw);
}

TEST_CASE("a flawed revision is a finding on a repo that is shown") {
  for (const Flaw& flaw : revision_flaws()) check_flaw(flaw);
}

TEST_CASE("a flaw among the blobs is a finding on a repo that is shown") {
  for (const Flaw& flaw : blob_flaws()) check_flaw(flaw);
}

TEST_CASE("a link or file in place of a part of the repo is a finding on a repo that is shown") {
  for (const Flaw& flaw : place_flaws()) check_flaw(flaw);
}

TEST_CASE("a repo without its blobs or snapshots is shown with what is left") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  const auto part = GENERATE(as<std::string>(), "blobs", "snapshots");
  const auto instead = GENERATE(as<std::string>(), "nothing", "file", "link", "dangling link");
  INFO(part << " is " << instead);
  std::filesystem::rename(cache.dir().path(repo.path(part)), cache.dir().path(repo.path("moved")));
  if (instead == "file") cache.dir().write(repo.path(part), "");
  if (instead == "link") cache.dir().link("moved", repo.path(part));
  if (instead == "dangling link") cache.dir().link("nowhere", repo.path(part));
  const RepoInventory found = take_stock(cache.root()).repo();
  CHECK(found.id == "org/demo");
  CHECK(found.size == 0);
  const Strings findings = told(found.findings);
  const auto has = [&](const std::string& line) {
    return std::find(findings.begin(), findings.end(), line) != findings.end();
  };
  const std::string code = instead == "file" ? "stray_entry" : "link_escapes";
  if (instead != "nothing") CHECK(has(code + " error " + repo.path(part)));
  if (part == "blobs") CHECK(has("link_broken error " + repo.path(main_path("model.bin"))));
  if (part == "snapshots") CHECK(has("ref_dangling error " + repo.path("refs/main")));
  if (part == "snapshots" && instead == "nothing") CHECK(has("stray_entry error " + repo.folder()));
}

TEST_CASE("a repo folder that is a link is shown and not followed") {
  const CacheBuilder cache;
  cache.demo();
  cache.dir().link("models--org--demo", "models--link");
  const Stock stock = take_stock(cache.root());
  CHECK(stock.repo("models--link").size == 0);
  CHECK(told(stock.repo("models--link").findings) == Strings{"link_escapes error models--link"});
  CHECK(stock.repo().findings.empty());
}

TEST_CASE("links that clients do not write, but that name a blob of the repo, are read by name") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  const std::string name = repo.blob("content");
  repo.ref("main", commit_1);
  const Strings texts = {"../.././blobs/" + name, "../../../models--org--demo/blobs/" + name,
                         cache.root() + "/models--org--demo/blobs/" + name, "x/../../../blobs/" + name};
  const std::string& text = texts[GENERATE(0u, 1u, 2u, 3u)];
  INFO(text);
  cache.dir().link(text, repo.path(main_path("file")));
  const RepoInventory found = take_stock(cache.root()).repo();
  CHECK(found.size == 7);
  CHECK(found.revisions[0].list.size() == 1);
  CHECK(found.revisions[0].lacking.empty());
  const bool is_absolute = text.starts_with("/");
  CHECK(told(found.findings) ==
        (is_absolute ? Strings{"link_absolute warning " + repo.path(main_path("file"))} : Strings{}));
}

TEST_CASE("a link relative to where a client ran is broken, and what it names is no orphan") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  const std::string name = repo.blob("content");
  repo.ref("main", commit_1);
  cache.dir().link("tmp/x/models--org--demo/blobs/" + name, repo.path(main_path("a")));
  repo.link(commit_1, "b", name);
  repo.link(commit_1, "c", name);
  const RepoInventory found = take_stock(cache.root()).repo();
  CHECK(told(found.findings) == Strings{"link_broken error " + repo.path(main_path("a"))});
  CHECK(found.revisions[0].files == 3);
  CHECK(found.revisions[0].lacking.size() == 1);
  // The two sound links count, in whatever order the directory gives them.
  CHECK(found.files == 1);
  CHECK(found.size == 7);
}

TEST_CASE("nested refs, pull requests and names like local are refs") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  repo.linked(commit_1, "a", "a");
  repo.linked("local", "b", "b");
  repo.ref("refs/pr/1", commit_1);
  repo.ref("refs/convert/parquet", commit_1);
  repo.ref("feature/x/y", commit_1);
  repo.ref("main", "local");
  repo.ref(commit_1, commit_1);
  const RepoInventory found = take_stock(cache.root()).repo();
  CHECK(found.findings.empty());
  const Strings names = {commit_1, "feature/x/y", "refs/convert/parquet", "refs/pr/1"};
  CHECK(revision_of(found, commit_1).refs == names);
  CHECK(revision_of(found, "local").refs == Strings{"main"});
  CHECK(found.refs.size() == 5);
}

TEST_CASE("two repos with one commit are two repos") {
  const CacheBuilder cache;
  cache.demo("models--gpt2");
  cache.demo("models--org--gpt2");
  const Stock stock = take_stock(cache.root());
  CHECK(stock.repo("models--gpt2").size == 5008);
  CHECK(stock.repo("models--org--gpt2").size == 5008);
  CHECK(stock.cache.size == 2 * 5008);
}
