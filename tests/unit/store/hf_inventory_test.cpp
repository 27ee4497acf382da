// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include "hf_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string large(70'000, 'L');

}  // namespace

TEST_CASE("a cache is what its repos, revisions, files and refs are") {
  const CacheBuilder cache;
  const RepoBuilder demo = cache.demo();
  cache.demo("datasets--one");
  cache.dir().write("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
  cache.dir().write(".locks/models--org--demo/x.lock", "");
  const Stock stock = take_stock(cache.root());
  CHECK(stock.root_findings.empty());
  CHECK(stock.cache.path == cache.root());
  CHECK(stock.cache.repos == 2);
  REQUIRE(stock.repos.size() == 2);
  CHECK(stock.repos[0].type == RepoType::dataset);
  CHECK(stock.repos[0].id == "one");
  const RepoInventory& repo = stock.repos[1];
  CHECK(repo.type == RepoType::model);
  CHECK(repo.id == "org/demo");
  CHECK(repo.path == cache.root() + "/models--org--demo");
  CHECK(repo.findings.empty());
  CHECK(repo.size == 2 + 5000 + 6);
  CHECK(repo.files == 3);
  CHECK(repo.refs == Strings{"main"});
  CHECK(repo.reclaimable == 0);
  REQUIRE(repo.revisions.size() == 1);
  const RevisionInventory& revision = repo.revisions[0];
  CHECK(revision.commit == commit_1);
  CHECK(revision.refs == Strings{"main"});
  CHECK(revision.path == repo.path + "/snapshots/" + commit_1);
  CHECK(revision.size == repo.size);
  CHECK(revision.files == 3);
  CHECK(revision.complete == std::nullopt);
  CHECK(revision.lacking.empty());
  REQUIRE(revision.list.size() == 3);
  CHECK(revision.list[0].path == "config.json");
  CHECK(digest_text(revision.list[0]) == "git-sha1:9e26dfeeb6e641a33dae4961196235bdb965b21b");
  CHECK(revision.list[0].blob == repo.path + "/blobs/9e26dfeeb6e641a33dae4961196235bdb965b21b");
  CHECK(revision.list[1].size == 5000);
  CHECK(digest_text(revision.list[1]) ==
        "sha256:de536dafcba6e8e240f8c7ec0d368a53f15aedc9c3072076ae6c405e29d4bf8e");
  CHECK(revision.list[2].path == "sub/dir/a file.txt");
}

TEST_CASE("files are listed only when they are asked for") {
  const CacheBuilder cache;
  cache.demo();
  const Stock stock = take_stock(cache.root(), Detail::revisions);
  CHECK(stock.repo().revisions[0].list.empty());
  CHECK(stock.repo().revisions[0].files == 3);
}

TEST_CASE("every type of repo is known, and ids that the hub refuses are shown all the same") {
  const CacheBuilder cache;
  for (const char* folder : {"models--gpt2", "datasets--a--b", "spaces--a--b", "kernels--o--k",
                             "models--a--b--c", "models--", "models---a--b"})
    cache.dir().make_dir(std::string(folder) + "/snapshots");
  const Stock stock = take_stock(cache.root());
  CHECK(stock.root_findings.empty());
  Strings ids;
  for (const RepoInventory& repo : stock.repos)
    ids.push_back(std::string(to_string(repo.type)) + "/" + repo.id + (repo.findings.empty() ? "" : " !"));
  CHECK(ids == Strings{"dataset/a/b", "kernel/o/k", "model/ !", "model/-a/b !", "model/a/b/c !", "model/gpt2",
                       "space/a/b"});
  CHECK(told(stock.repo("models--a--b--c").findings) == Strings{"name_unsafe warning models--a--b--c"});
}

TEST_CASE("a content that two files and two revisions share counts once in each, and once in the repo") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  const std::string shared = repo.linked(commit_1, "a.bin", large, HashKind::sha256);
  repo.link(commit_1, "copy/of/a.bin", shared);
  repo.link(commit_2, "a.bin", shared);
  const std::string own = repo.linked(commit_2, "b.txt", "only here");
  repo.ref("main", commit_1);
  repo.ref("dev", commit_2);
  const Stock stock = take_stock(cache.root());
  CHECK(stock.repo().size == large.size() + 9);
  CHECK(stock.repo().files == 2);
  CHECK(revision_of(stock.repo(), commit_1).size == large.size());
  CHECK(revision_of(stock.repo(), commit_1).files == 2);
  CHECK(revision_of(stock.repo(), commit_2).size == large.size() + 9);
  CHECK(stock.repo().allocated ==
        cache.allocated(repo.path("blobs/" + shared)) + cache.allocated(repo.path("blobs/" + own)));
  CHECK(stock.cache.size == stock.repo().size);
  CHECK(stock.cache.allocated == stock.repo().allocated);
}

TEST_CASE("a shared payload counts in each repo that names it and once in the cache") {
  const CacheBuilder cache;
  const RepoBuilder a = cache.repo("models--a");
  const RepoBuilder b = cache.repo("models--b");
  for (const RepoBuilder* repo : {&a, &b}) {
    repo->link(commit_1, "model.bin", repo->shared_blob(large));
    repo->ref("main", commit_1);
  }
  const Stock stock = take_stock(cache.root());
  CHECK(stock.root_findings.empty());
  CHECK(stock.cache.findings.empty());
  for (const char* folder : {"models--a", "models--b"}) {
    const RepoInventory& repo = stock.repo(folder);
    CHECK(repo.size == large.size());
    CHECK(repo.findings.empty());
    CHECK(repo.reclaimable == 0);
    const FileInventory& file = repo.revisions[0].list[0];
    CHECK(file.blob == repo.path + "/blobs/" + hash_bytes(HashKind::sha256, large).hex());
    CHECK(digest_text(file) == hash_bytes(HashKind::sha256, large).text());
  }
  CHECK(stock.cache.size == large.size());
  CHECK(stock.cache.reclaimable == 0);
}

TEST_CASE("a shared payload that no repo names counts in the cache and can be freed") {
  const CacheBuilder cache;
  cache.demo();
  const std::string hash = cache.payload(large);
  const Stock stock = take_stock(cache.root());
  CHECK(stock.cache.size == stock.repo().size + large.size());
  CHECK(stock.cache.reclaimable == cache.allocated(CacheBuilder::payload_path(hash)));
  CHECK(told(stock.cache.findings) == Strings{"blob_orphan note " + CacheBuilder::payload_path(hash)});
}

TEST_CASE("a payload counts in the cache though a repo before names it for no revision") {
  const CacheBuilder cache;
  cache.repo("models--a").shared_blob(large);
  cache.dir().make_dir("models--a/snapshots");
  const RepoBuilder b = cache.repo("models--b");
  b.link(commit_1, "model.bin", b.shared_blob(large));
  b.ref("main", commit_1);
  CHECK(take_stock(cache.root()).cache.size == large.size());
}

TEST_CASE("a hard-linked content counts in the cache though its other name is an orphan") {
  const CacheBuilder cache;
  const std::string name = cache.repo("models--a").blob(large);
  cache.dir().make_dir("models--a/snapshots");
  const RepoBuilder b = cache.repo("models--b");
  cache.hard_link("models--a/blobs/" + name, "models--b/blobs/" + name);
  b.link(commit_1, "model.bin", name);
  b.ref("main", commit_1);
  const Stock stock = take_stock(cache.root());
  CHECK(stock.cache.size == large.size());
  CHECK(stock.cache.allocated == cache.allocated("models--a/blobs/" + name));
}

TEST_CASE("a snapshot file that is a hard link to its blob is one file on disk and no orphan") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  const std::string name = repo.blob(large);
  cache.hard_link(repo.path("blobs/" + name), repo.path("snapshots/" + commit_1 + "/model.bin"));
  repo.ref("main", commit_1);
  const Stock stock = take_stock(cache.root());
  CHECK(stock.repo().findings.empty());
  CHECK(stock.repo().size == large.size());
  CHECK(stock.repo().files == 1);
  CHECK(stock.cache.size == large.size());
  CHECK(stock.cache.allocated == cache.allocated(repo.path("blobs/" + name)));
  CHECK(stock.cache.reclaimable == 0);
}

TEST_CASE("a content that is linked and hard-linked counts for both names in the repo, as clients count") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  const std::string name = repo.blob(large);
  // Whichever of them is read first.
  for (const char* file : {"a.bin", "z.bin"})
    cache.hard_link(repo.path("blobs/" + name), repo.path("snapshots/" + commit_1 + "/" + file));
  repo.link(commit_1, "m.bin", name);
  repo.link(commit_2, "m.bin", name);
  repo.ref("main", commit_1);
  repo.ref("dev", commit_2);
  const Stock stock = take_stock(cache.root());
  CHECK(stock.repo().size == 3 * large.size());
  CHECK(stock.repo().files == 3);
  CHECK(stock.cache.size == large.size());
}

TEST_CASE("a content that is hard-linked to a file outside the cache counts and is not to be freed") {
  const CacheBuilder cache;
  const TempDir outside(std::filesystem::path(cache.root()).parent_path().string());
  const RepoBuilder repo = cache.repo();
  const std::string name = repo.linked(commit_1, "model.bin", large);
  std::filesystem::create_hard_link(cache.dir().path(repo.path("blobs/" + name)), outside.path("object"));
  const Stock stock = take_stock(cache.root());
  CHECK(stock.repo().size == large.size());
  CHECK(stock.cache.size == large.size());
  CHECK(told(stock.repo().findings) ==
        Strings{"revision_detached note " + repo.path("snapshots/" + commit_1)});
  CHECK(stock.cache.reclaimable == 0);
}

TEST_CASE("plain copies count each for itself and no name says what they are") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  repo.plain(commit_1, "config.json", "{}");
  repo.plain(commit_2, "config.json", "{}");
  repo.plain(commit_2, ".DS_Store", "system");
  cache.dir().make_dir(repo.path("blobs"));
  repo.ref("main", commit_2);
  const Stock stock = take_stock(cache.root());
  CHECK(stock.repo().size == 2 + 2 + 6);
  CHECK(stock.repo().files == 3);
  CHECK(stock.cache.size == 10);
  CHECK(revision_of(stock.repo(), commit_2).files == 2);
  const FileInventory& file = revision_of(stock.repo(), commit_1).list[0];
  CHECK(file.blob == cache.dir().path(repo.path("snapshots/" + commit_1 + "/config.json")));
  CHECK(digest_text(file).empty());
  CHECK(stock.cache.reclaimable == cache.allocated(repo.path("snapshots/" + commit_1 + "/config.json")));
}

TEST_CASE("what no ref leads to can be freed: orphans, detached revisions, dead downloads") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  const std::string orphan = repo.blob(large);
  const std::string detached = repo.linked(commit_2, "old.txt", "old");
  repo.link(commit_2, "config.json", "9e26dfeeb6e641a33dae4961196235bdb965b21b");
  const std::string partial = std::string(64, 'b') + ".01234567.incomplete";
  cache.dir().write(repo.path("blobs/" + partial), "half");
  const Stock stock = take_stock(cache.root());
  CHECK(told(stock.repo().findings) ==
        Strings{"blob_orphan note " + repo.path("blobs/" + orphan),
                "partial_download note " + repo.path("blobs/" + partial),
                "revision_detached note " + repo.path("snapshots/" + commit_2)});
  std::uint64_t freed = 0;
  for (const std::string& name : {orphan, detached, partial})
    freed += cache.allocated(repo.path("blobs/" + name));
  CHECK(stock.repo().reclaimable == freed);
  CHECK(stock.cache.reclaimable == freed);
  // As the client counts: what a revision names.
  CHECK(stock.repo().size == 2 + 5000 + 6 + 3);
}

TEST_CASE("what stands at the root beside the repos is told, as clients do") {
  const CacheBuilder cache;
  cache.demo();
  cache.dir().write("version.txt", "1");
  cache.dir().make_dir("tmpabcdefgh");
  cache.dir().make_dir("buckets--a--b");
  cache.dir().make_dir(".modelcache");
  cache.dir().write("models--plain--file", "");
  cache.dir().link("nowhere", "dangling");
  for (const char* known : {"CACHEDIR.TAG", ".DS_Store", "Thumbs.db", "desktop.ini"})
    cache.dir().write(known, "");
  const Stock stock = take_stock(cache.root());
  CHECK(told(stock.root_findings) ==
        Strings{"stray_entry warning .modelcache", "stray_entry warning buckets--a--b",
                "stray_entry warning dangling", "stray_entry warning models--plain--file",
                "stray_entry warning tmpabcdefgh", "stray_entry warning version.txt"});
  CHECK(stock.repos.size() == 1);
}

TEST_CASE("a shared store without its exact marker is left alone") {
  const CacheBuilder cache;
  cache.demo();
  const std::string hash = cache.payload(large);
  const auto marker = GENERATE(as<std::string>(), "", "1", "2\n", "1\n\n", "1\r\n");
  cache.dir().write("blobs/.huggingface-shared-blobs", marker);
  const Stock stock = take_stock(cache.root());
  CHECK(told(stock.root_findings) == Strings{"shared_store_unowned warning blobs"});
  CHECK(stock.cache.size == stock.repo().size);
}

TEST_CASE("a cache that is not there is told as such") {
  const CacheBuilder cache;
  cache.dir().write("file", "");
  CHECK(thrown_by([&] { return HfInventory(cache.root() + "/none").totals().size; }).cause ==
        Cause::not_found);
  CHECK(thrown_by([&] { return HfInventory(cache.root() + "/file").totals().size; }).cause == Cause::usage);
  CHECK_FALSE(HfInventory(cache.root()).read("models--none", Detail::files));
}

TEST_CASE("an empty cache and an empty repo have no size") {
  const CacheBuilder cache;
  CHECK(take_stock(cache.root()).cache.repos == 0);
  cache.dir().make_dir("models--empty/snapshots");
  const Stock stock = take_stock(cache.root());
  CHECK(stock.repo("models--empty").findings.empty());
  CHECK(stock.repo("models--empty").last_modified == cache.dir().status("models--empty").st_mtime);
  CHECK(stock.cache.size == 0);
}

TEST_CASE("times of a repo are those of the contents that its revisions name") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  const std::string old_blob = repo.linked(commit_1, "a", "a");
  const std::string new_blob = repo.linked(commit_2, "b", "b");
  const std::string orphan = repo.blob("orphan");
  cache.dir().make_dir(repo.path("snapshots/" + commit_3));
  const auto set_times = [&](const std::string& name, std::int64_t accessed, std::int64_t modified) {
    const timespec times[] = {{accessed, 0}, {modified, 0}};
    REQUIRE(::utimensat(AT_FDCWD, cache.dir().path(repo.path(name)).c_str(), times, 0) == 0);
  };
  set_times("blobs/" + old_blob, 500, 100);
  set_times("blobs/" + new_blob, 400, 200);
  set_times("blobs/" + orphan, 900, 900);
  set_times("snapshots/" + commit_3, 700, 700);
  const RepoInventory found = take_stock(cache.root()).repo();
  CHECK(found.last_accessed == 500);
  CHECK(found.last_modified == 200);
  CHECK(revision_of(found, commit_1).last_modified == 100);
  CHECK(revision_of(found, commit_2).last_modified == 200);
  CHECK(revision_of(found, commit_3).last_modified == 700);
}

TEST_CASE("paths are absolute and absolute links are known however the cache is named") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  const std::string name = repo.blob("content");
  repo.ref("main", commit_1);
  const TempDir outside;
  outside.link(cache.root(), "cache");
  cache.dir().link(cache.root() + "/" + repo.path("blobs/" + name),
                   repo.path("snapshots/" + commit_1 + "/real"));
  cache.dir().link(outside.path("cache/" + repo.path("blobs/" + name)),
                   repo.path("snapshots/" + commit_1 + "/typed"));
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(outside.path());
  const Strings names = {"cache", "./cache", "cache/", outside.path() + "/./cache//"};
  const std::string typed = names[GENERATE(0u, 1u, 2u, 3u)];
  const Stock stock = take_stock(typed);
  const Lookup lookup = HfInventory(typed).look_up(repo.folder(), "main", "real");
  std::filesystem::current_path(before);
  INFO(typed);
  CHECK(stock.cache.path == outside.path("cache"));
  CHECK(stock.repo().path == outside.path("cache/" + repo.folder()));
  CHECK(stock.repo().size == 7);
  CHECK(told(stock.repo().findings) ==
        Strings{"link_absolute warning " + repo.path("snapshots/" + commit_1 + "/real"),
                "link_absolute warning " + repo.path("snapshots/" + commit_1 + "/typed")});
  CHECK(lookup.path == outside.path("cache/" + repo.path("snapshots/" + commit_1 + "/real")));
}

TEST_CASE("looking changes nothing") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo();
  repo.link(commit_1, "shared", repo.shared_blob(large));
  repo.listing(commit_1, {{"config.json", 2}});
  cache.dir().write(repo.path("blobs/" + std::string(64, 'b') + ".incomplete"), "half");
  const Strings before = cache.contents();
  take_stock(cache.root());
  HfInventory(cache.root()).look_up(repo.folder(), "main", "config.json");
  CHECK(cache.contents() == before);
}
