// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/scan.hpp"

#include "support/cache_builder.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"

#include <unistd.h>

#include <filesystem>

using namespace modelcache;
using namespace modelcache::test;

namespace {

using Strings = std::vector<std::string>;

const std::string large(5000, 'W');
const std::string large_name = "de536dafcba6e8e240f8c7ec0d368a53f15aedc9c3072076ae6c405e29d4bf8e";
const std::string config_name = "9e26dfeeb6e641a33dae4961196235bdb965b21b";

Readiness ready(const CacheBuilder& cache, std::string_view repo) {
  return check_ready({Layout::hf, cache.root()}, parse_repo(repo));
}

// "org/demo@1111111 config.json" for each match.
Strings find(const std::vector<Place>& places, const std::string& wanted) {
  Strings lines;
  for (const ContentMatch& match : find_content(places, wanted, 2))
    lines.push_back(match.repo + "@" + match.commit.substr(0, 7) + " " + match.file.path);
  return lines;
}

Strings find(const CacheBuilder& cache, const std::string& wanted) {
  return find({{Layout::hf, cache.root()}}, wanted);
}

}  // namespace

TEST_CASE("a revision is ready by each of its names when all of it is here") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.ref("refs/pr/1", commit_1);
  for (const char* name : {"org/demo", "org/demo@main", "org/demo@refs/pr/1", "org/demo@1111111",
                           "model/org/demo@1111111111111111111111111111111111111111"}) {
    INFO(name);
    const Readiness answer = ready(cache, name);
    CHECK(answer.ready);
    CHECK(answer.commit == commit_1);
    CHECK(answer.path == cache.dir().path(repo.path("snapshots/" + commit_1)));
    CHECK(answer.lacking.empty());
  }
}

TEST_CASE("what is lacking is said") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  cache.dir().make_dir(repo.path("snapshots/" + commit_3));
  repo.ref("empty", commit_3);
  repo.ref("dangling", commit_2);
  CHECK(ready(cache, "org/none").lacking == Strings{"the cache has no repo model/org/none"});
  CHECK(ready(cache, "dataset/org/demo").lacking == Strings{"the cache has no repo dataset/org/demo"});
  CHECK(ready(cache, "org/demo@dev").lacking == Strings{"the cache has no revision dev of model/org/demo"});
  CHECK(ready(cache, "org/demo@dangling").lacking ==
        Strings{"the cache has no revision dangling of model/org/demo"});
  CHECK(ready(cache, "org/demo@111111").lacking.size() == 1);
  CHECK(ready(cache, "org/demo@empty").lacking == Strings{"the revision has no files"});
  for (const char* name : {"org/none", "org/demo@dev", "org/demo@dangling", "org/demo@empty"})
    CHECK_FALSE(ready(cache, name).ready);
  CHECK(ready(cache, "org/demo@main").ready);
  repo.listing(commit_1, {{"config.json", 2}, {"model.bin", 4999}, {"more.bin", 1}});
  const Readiness answer = ready(cache, "org/demo");
  CHECK_FALSE(answer.ready);
  CHECK(answer.commit == commit_1);
  CHECK(answer.lacking == Strings{"model.bin has 5000 bytes, its listing says 4999", "more.bin is not here"});
}

TEST_CASE("without a listing a revision is ready when all that is linked is here") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  CHECK(ready(cache, "org/demo").ready);
  std::filesystem::remove(cache.dir().path(repo.path("blobs/" + large_name)));
  CHECK(ready(cache, "org/demo").lacking == Strings{"model.bin leads to nothing"});
  const std::string shared = repo.shared_blob(large);
  CHECK(ready(cache, "org/demo").ready);
  std::filesystem::remove_all(cache.dir().path("blobs"));
  CHECK_FALSE(ready(cache, "org/demo").ready);
}

TEST_CASE("by a ref that clients cannot read nothing is ready, by its commit it is") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.ref("main", commit_1 + GENERATE(as<std::string>(), "\n", "\r\n"));
  const Readiness answer = ready(cache, "org/demo");
  CHECK_FALSE(answer.ready);
  CHECK(answer.commit == commit_1);
  CHECK(answer.lacking ==
        Strings{"the ref main ends with a newline, so that clients do not find the revision"});
  CHECK(ready(cache, "org/demo@" + commit_1).ready);
}

TEST_CASE("a prefix that two commits share is refused, unless it is a name") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  const std::string near = "1111111" + std::string(33, '2');
  repo.linked(near, "a", "a");
  repo.linked(commit_3, "b", "b");
  CHECK(thrown_by([&] { return ready(cache, "org/demo@1111111"); }).cause == Cause::usage);
  CHECK(ready(cache, "org/demo@11111112").commit == near);
  repo.ref("1111111", commit_3);
  CHECK(ready(cache, "org/demo@1111111").commit == commit_3);
}

TEST_CASE("a look-up asks the cache by the client's rules") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  const Place place{Layout::hf, cache.root()};
  repo.no_exist(commit_1, "absent.json");
  CHECK(look_up(place, parse_repo("org/demo"), "config.json").path ==
        cache.dir().path(repo.path("snapshots/" + commit_1 + "/config.json")));
  CHECK(look_up(place, parse_repo("org/demo"), "absent.json").answer == Lookup::Answer::known_absent);
  CHECK(look_up(place, parse_repo("org/demo@dev"), "config.json").answer == Lookup::Answer::not_cached);
  CHECK(look_up(place, parse_repo("org/none"), "config.json").answer == Lookup::Answer::not_cached);
  CHECK(thrown_by([&] { return look_up(place, parse_repo("org/demo"), "../x"); }).cause == Cause::usage);
}

TEST_CASE("contents are found by both kinds of hash, in every repo and revision that has them") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.link(commit_2, "sub/copy.bin", large_name);
  cache.demo("datasets--other");
  const Strings all = {"dataset/other@1111111 model.bin", "model/org/demo@1111111 model.bin",
                       "model/org/demo@2222222 sub/copy.bin"};
  CHECK(find(cache, large_name) == all);
  CHECK(find(cache, config_name) ==
        Strings{"dataset/other@1111111 config.json", "model/org/demo@1111111 config.json"});
  CHECK(find(cache, std::string(64, 'b')).empty());
  const CacheBuilder other;
  other.demo("spaces--x");
  CHECK(find({{Layout::hf, other.root()}, {Layout::hf, cache.root()}}, large_name).size() == 4);
}

TEST_CASE("a file outside the cache is found by what it holds") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  const TempDir outside;
  outside.write("model", large);
  outside.write("config", "{}");
  outside.write("other", "{ }");
  outside.write("plain", "{}!");
  repo.plain(commit_1, "plain.json", "{}!");
  repo.plain(commit_1, "same size", "{}?");
  CHECK(find(cache, outside.path("model")) == Strings{"model/org/demo@1111111 model.bin"});
  CHECK(find(cache, outside.path("config")) == Strings{"model/org/demo@1111111 config.json"});
  CHECK(find(cache, outside.path("plain")) == Strings{"model/org/demo@1111111 plain.json"});
  CHECK(find(cache, outside.path("other")).empty());
  CHECK(thrown_by([&] { return find(cache, outside.path("none")); }).cause.has_value());
  CHECK(thrown_by([&] { return find(cache, outside.path()); }).cause.has_value());
}

TEST_CASE("a file outside that is hard-linked into the cache is found in every repo that holds its bytes") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  cache.demo("models--z");
  const TempDir outside(std::filesystem::path(cache.root()).parent_path().string());
  std::filesystem::create_hard_link(cache.dir().path(repo.path("blobs/" + large_name)),
                                    outside.path("object"));
  CHECK(find(cache, outside.path("object")) ==
        Strings{"model/org/demo@1111111 model.bin", "model/z@1111111 model.bin"});
}

TEST_CASE("a shared payload is found by its path, a dangling link and an orphan by nothing") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.link(commit_1, "shared.bin", repo.shared_blob("payload"));
  CHECK(find(cache, cache.dir().path(CacheBuilder::payload_path(cache.payload("payload")))) ==
        Strings{"model/org/demo@1111111 shared.bin"});
  repo.link(commit_1, "dangling", std::string(64, 'b'));
  CHECK(find(cache, cache.dir().path(repo.path("snapshots/" + commit_1 + "/dangling"))).empty());
  CHECK(find(cache, cache.dir().path(repo.path("blobs/" + repo.blob("orphan")))).empty());
}

TEST_CASE("a path inside the cache is found by its place, however it is written") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.link(commit_2, "again.bin", large_name);
  repo.plain(commit_1, "plain.json", "{}!");
  const std::string link = repo.path("snapshots/" + commit_1 + "/model.bin");
  const Strings named = {"model/org/demo@1111111 model.bin"};
  CHECK(find(cache, cache.dir().path(link)) == named);
  CHECK(find(cache, cache.dir().path(repo.path("blobs/" + large_name))) ==
        Strings{"model/org/demo@1111111 model.bin", "model/org/demo@2222222 again.bin"});
  CHECK(find(cache, cache.dir().path(repo.path("snapshots/" + commit_1 + "/plain.json"))) ==
        Strings{"model/org/demo@1111111 plain.json"});
  CHECK(find({{Layout::hf, cache.root() + "/"}}, cache.dir().path(link)) == named);
  CHECK(find(cache, cache.root() + "/./models--org--demo/../" + link) == named);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(cache.root());
  CHECK(find(cache, link) == named);
  CHECK(find({{Layout::hf, "."}}, link) == named);
  CHECK(find({{Layout::hf, "."}}, cache.dir().path(link)) == named);
  std::filesystem::current_path(before);
}

TEST_CASE("a cache that is reached through a link holds its files by either path") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  const TempDir outside;
  outside.link(cache.root(), "cache");
  const std::string link = repo.path("snapshots/" + commit_1 + "/model.bin");
  const Strings named = {"model/org/demo@1111111 model.bin"};
  CHECK(find(cache, outside.path("cache/" + link)) == named);
  CHECK(find({{Layout::hf, outside.path("cache")}}, cache.dir().path(link)) == named);
}

TEST_CASE("trees of other clients are asked in their own way") {
  const TempDir dir;
  const std::string content = "the same everywhere";
  dir.write("models/org--demo/snapshots/master/config.json", content);
  dir.write("models/org--demo/snapshots/v1/half.bin.incomplete", "x");
  const Place place{Layout::modelscope, dir.path()};
  const auto answer = [&](const char* repo) { return check_ready(place, parse_repo(repo)); };
  CHECK(answer("org/demo").ready);
  CHECK(answer("org/demo").commit == "master");
  CHECK(answer("org/demo").path == dir.path("models/org--demo/snapshots/master"));
  CHECK(answer("org/demo@v1").lacking == Strings{"half.bin is not all here"});
  CHECK(answer("org/demo@v2").lacking == Strings{"the cache has no revision v2 of model/org/demo"});
  CHECK(answer("org/none").lacking == Strings{"the cache has no repo model/org/none"});
  dir.write("models/org--two/snapshots/v1/x", "");
  dir.write("models/org--two/snapshots/v2/x", "");
  CHECK(answer("org/two").lacking == Strings{"the cache has no revision of model/org/two"});
  CHECK(look_up(place, parse_repo("org/demo"), "config.json").path ==
        dir.path("models/org--demo/snapshots/master/config.json"));
  CHECK(look_up(place, parse_repo("org/none"), "config.json").answer == Lookup::Answer::not_cached);
  const Strings found{"model/org/demo@master config.json"};
  CHECK(find({place}, hash_bytes(HashKind::sha256, content).hex()) == found);
  CHECK(find({place}, hash_bytes(HashKind::git_sha1, content).hex()) == found);
  const TempDir outside;
  outside.write("copy", content);
  CHECK(find({place}, outside.path("copy")) == found);
  CHECK(find({place}, dir.path("models/org--demo/snapshots/master/config.json")) == found);
}
