// SPDX-License-Identifier: Apache-2.0
#include "hf_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

// What is found, relative to the cache; else the answer in a word.
std::string answer(const CacheBuilder& cache, std::string_view revision, std::string_view file,
                   const std::string& folder = "models--org--demo") {
  const Lookup lookup = HfInventory(cache.root()).look_up(folder, std::string(revision), file);
  switch (lookup.answer) {
    case Lookup::Answer::found:
      CHECK(lookup.path.starts_with(cache.root() + "/" + folder + "/snapshots/"));
      return lookup.path.substr(cache.root().size() + folder.size() + std::string("//snapshots/").size());
    case Lookup::Answer::known_absent:
      CHECK(lookup.path.empty());
      return "known absent";
    case Lookup::Answer::not_cached:
      CHECK(lookup.path.empty());
      return "not cached";
  }
  return "";
}

}  // namespace

TEST_CASE("a file is found by the names of its revision and by its commit") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.ref("refs/pr/1", commit_1);
  repo.ref("feature/x", commit_1);
  for (const std::string& revision :
       {std::string("main"), std::string("refs/pr/1"), std::string("feature/x"), commit_1}) {
    CHECK(answer(cache, revision, "config.json") == commit_1 + "/config.json");
    CHECK(answer(cache, revision, "sub/dir/a file.txt") == commit_1 + "/sub/dir/a file.txt");
    CHECK(answer(cache, revision, "absent.json") == "not cached");
  }
}

TEST_CASE("what is not here is not cached") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.ref("dangling", commit_3);
  CHECK(answer(cache, "main", "config.json", "models--none") == "not cached");
  for (const char* revision : {"dev", "dangling", "1111111", "", "..", "refs", "../snapshots/x", "/etc"}) {
    INFO(revision);
    CHECK(answer(cache, revision, "config.json") == "not cached");
  }
  for (const char* file : {"", ".", "sub", "sub/dir", "sub/dir/", "config.json/x", "sub/config.json"}) {
    INFO(file);
    CHECK(answer(cache, "main", file) == "not cached");
  }
  CHECK(answer(cache, "main", std::string("a\0b", 3)) == "not cached");
  CHECK(answer(cache, "main", std::string(300, 'n')) == "not cached");
}

TEST_CASE("a commit in capitals or a name like local is looked for as it is written") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  const std::string capitals(40, 'A');
  repo.linked(capitals, "a", "a");
  repo.linked("local", "b", "b");
  repo.ref("main", capitals);
  repo.ref("mine", "local");
  CHECK(answer(cache, "main", "a") == capitals + "/a");
  CHECK(answer(cache, "mine", "b") == "local/b");
}

TEST_CASE("a ref is taken byte by byte, so one with a newline finds nothing") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  for (const std::string& text :
       {commit_1 + "\n", commit_1 + "\r\n", " " + commit_1, "\xEF\xBB\xBF" + commit_1, std::string(),
        std::string(5000, '1'), std::string("../snapshots/") + commit_1}) {
    repo.ref("odd", text);
    CHECK(answer(cache, "odd", "config.json") == "not cached");
  }
}

TEST_CASE("a ref beats a commit of the same name") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.linked(commit_2, "config.json", "other");
  repo.ref(commit_1, commit_2);
  CHECK(answer(cache, commit_1, "config.json") == commit_2 + "/config.json");
}

TEST_CASE("an absence marker beats the file") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.no_exist(commit_1, "config.json");
  repo.no_exist(commit_1, "nope/absent.json");
  repo.no_exist(commit_2, "model.bin");
  CHECK(answer(cache, "main", "config.json") == "known absent");
  CHECK(answer(cache, commit_1, "nope/absent.json") == "known absent");
  CHECK(answer(cache, commit_2, "model.bin") == "known absent");
  // A directory is no marker.
  CHECK(answer(cache, "main", "nope") == "not cached");
  CHECK(answer(cache, "main", "model.bin") == commit_1 + "/model.bin");
}

TEST_CASE("plain files, hard links and shared payloads are found as linked ones are") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.plain(commit_1, "plain", "plain");
  cache.hard_link(repo.path("blobs/" + repo.blob("hard")), repo.path("snapshots/" + commit_1 + "/hard"));
  const std::string shared = repo.shared_blob("shared");
  repo.link(commit_1, "shared", shared);
  for (const char* file : {"plain", "hard", "shared"})
    CHECK(answer(cache, "main", file) == commit_1 + "/" + file);
  std::filesystem::remove(cache.dir().path(CacheBuilder::payload_path(cache.payload("shared"))));
  CHECK(answer(cache, "main", "shared") == "not cached");
}

TEST_CASE("a link is followed by its text, in each form that leads to a content of the repo") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  const std::string name = repo.blob("content");
  cache.demo("models--other");
  const auto add = [&](const std::string& text, const std::string& file) {
    cache.dir().link(text, repo.path("snapshots/" + commit_1 + "/" + file));
    return answer(cache, "main", file);
  };
  CHECK(add(cache.root() + "/models--org--demo/blobs/" + name, "absolute") == commit_1 + "/absolute");
  CHECK(add("../.././blobs/" + name, "untidy") == commit_1 + "/untidy");
  CHECK(add("../../../models--org--demo/blobs/" + name, "round") == commit_1 + "/round");
  CHECK(add("../../blobs/" + std::string(64, 'b'), "dangling") == "not cached");
  CHECK(add("loop", "loop") == "not cached");
  CHECK(add("sub", "directory") == "not cached");
  CHECK(add("tmp/models--org--demo/blobs/" + name, "working_dir") == "not cached");
  // Clients follow these; we look at nothing outside the repo.
  CHECK(add("/etc/hostname", "outside") == "not cached");
  CHECK(add("../../../models--other/blobs/9e26dfeeb6e641a33dae4961196235bdb965b21b", "other") ==
        "not cached");
  CHECK(add("../../blobs", "blobs") == "not cached");
}

TEST_CASE("nothing is found through a link in place of a directory") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  const auto part = GENERATE(as<std::string>(), "", "/snapshots", "/blobs", "/refs");
  std::filesystem::rename(cache.dir().path(repo.folder() + part), cache.dir().path("moved"));
  cache.dir().link(part.empty() ? "moved" : "../moved", repo.folder() + part);
  CHECK(answer(cache, "main", "config.json") == "not cached");
}

TEST_CASE("file names that the client refuses are refused, others that are odd are not") {
  const CacheBuilder cache;
  cache.demo();
  for (const char* file : {"..", "../x", "a/../b", "a\\..\\b", "..\\x", "a/..", "/etc/passwd", "/", "\\x",
                           "a/\\b", "C:", "C:x", "c:/x", "a/b:c"}) {
    INFO(file);
    CHECK(thrown_by([&] { return answer(cache, "main", file); }).cause == Cause::usage);
  }
  CHECK(answer(cache, "main", "./config.json") == commit_1 + "/config.json");
  CHECK(answer(cache, "main", "sub//dir/./a file.txt") == commit_1 + "/sub/dir/a file.txt");
  for (const char* file : {"...", "a..b", "ab:c", "con", "~", " ", "x\\y"})
    CHECK(answer(cache, "main", file) == "not cached");
}
