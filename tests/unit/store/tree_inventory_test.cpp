// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include "tree_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string blob = "0187f3b09d66cef7911083ad49f890f5a6589589";

void age(const TempDir& dir, const std::string& name, time_t when) {
  const timespec times[] = {{when, 0}, {when, 0}};
  REQUIRE(::utimensat(AT_FDCWD, dir.path(name).c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

}  // namespace

TEST_CASE("an AI Studio repo is its files, its commit is that of .mv") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo("models/org/Qwen2___5");
  const Stock stock = tree.stock();
  CHECK(stock.root_findings.empty());
  CHECK(stock.cache.layout == Layout::aistudio);
  CHECK(stock.cache.size == 5002);
  REQUIRE(stock.repos.size() == 1);
  const RepoInventory& repo = stock.repos.front();
  CHECK(repo.id == "org/Qwen2.5");
  CHECK(repo.path == tree.dir().path("models/org/Qwen2___5"));
  CHECK(repo.findings.empty());
  CHECK(repo.size == 5002);
  CHECK(repo.files == 2);
  CHECK(repo.refs.empty());
  CHECK(repo.reclaimable == 0);
  CHECK(repo.allocated > 5002);  // the index too
  CHECK(repo.last_modified > 0);
  REQUIRE(repo.revisions.size() == 1);
  const RevisionInventory& revision = repo.revisions.front();
  CHECK(revision.commit == commit_1);
  CHECK(revision.path == repo.path);
  CHECK(revision.complete == std::nullopt);
  CHECK(paths_of(revision) == Strings{"config.json", "sub/model.bin"});
  CHECK(revision.list[1].blob == repo.path + "/sub/model.bin");
  CHECK_FALSE(revision.list[1].digest);
  CHECK(tree.stock(Detail::revisions).repos.front().revisions.front().list.empty());
}

TEST_CASE("a repo of modelscope <= 1.37 is named by the branch, one without .mv has an unknown commit") {
  const TreeBuilder tree(Layout::modelscope);
  tree.demo("models/org/demo");
  tree.demo("datasets/org/data");
  tree.dir().write("datasets/org/data/.mv", "master");
  tree.dir().write("hub/org/old/.msc", write_msc({}));
  const Stock stock = tree.stock();
  CHECK(stock.repo("models/org/demo").revisions.front().commit == "master");
  CHECK(stock.repo("models/org/demo").refs == Strings{"master"});
  CHECK(stock.repo("datasets/org/data").revisions.front().commit == "master");
  CHECK(stock.repo("hub/org/old").revisions.front().commit == "unknown");
  CHECK(stock.repo("hub/org/old").refs.empty());
  for (const RepoInventory& repo : stock.repos) CHECK(repo.findings.empty());
}

TEST_CASE("a repo of modelscope >= 1.38 has a revision for each directory, and shared inodes count once") {
  const TreeBuilder tree(Layout::modelscope);
  const std::string folder = "models/org--Qwen2.5";
  tree.dir().write(folder + "/snapshots/master/model.bin", std::string(5000, 'W'));
  tree.dir().write(folder + "/snapshots/master/sub/.gitattributes", "x");
  tree.dir().make_dir(folder + "/snapshots/v1.0");
  REQUIRE(::link(tree.dir().path(folder + "/snapshots/master/model.bin").c_str(),
                 tree.dir().path(folder + "/snapshots/v1.0/model.bin").c_str()) == 0);
  tree.dir().write(folder + "/snapshots/refs/pr/1/config.json", "{}");
  const RepoInventory repo = tree.stock().repo(folder);
  CHECK(repo.id == "org/Qwen2.5");
  CHECK(repo.size == 5003);
  CHECK(repo.files == 3);
  CHECK(repo.findings.empty());
  CHECK(repo.refs == Strings{"master", "refs", "v1.0"});
  REQUIRE(repo.revisions.size() == 3);
  CHECK(revision_of(repo, "master").size == 5001);
  CHECK(revision_of(repo, "v1.0").size == 5000);
  CHECK(paths_of(revision_of(repo, "refs")) == Strings{"pr/1/config.json"});
  CHECK(revision_of(repo, "v1.0").complete == std::nullopt);
}

TEST_CASE("a repo of aistudio-sdk 0.2 is what its links name, below whichever commit") {
  const TreeBuilder tree(Layout::aistudio);
  const TempDir& dir = tree.dir();
  const std::string other(40, 'b');
  dir.write("models/old/blobs/" + blob, "{\"a\":1}\n");
  dir.write("models/old/blobs/" + other, "newer");
  const std::string top = "models/old/snapshots/master/";
  dir.link(dir.path("models/old/blobs/" + blob), top + commit_1 + "/config.json");
  dir.link(dir.path("models/old/blobs/" + blob), top + commit_1 + "/sub/copy.json");
  dir.link(dir.path("models/old/blobs/" + other), top + commit_2 + "/config.json");
  age(dir, top + commit_1 + "/config.json", 1000);
  const RepoInventory repo = tree.stock().repo("models/old");
  CHECK(repo.id == "old");
  CHECK(repo.findings.empty());
  REQUIRE(repo.revisions.size() == 1);
  const RevisionInventory& revision = repo.revisions.front();
  CHECK(revision.commit == "master");
  CHECK(paths_of(revision) == Strings{"config.json", "sub/copy.json"});
  CHECK(revision.list[0].size == 5);
  CHECK(revision.list[0].blob == dir.path("models/old/blobs/" + other));
  CHECK(revision.path_of(revision.list[0]) == dir.path(top + commit_2 + "/config.json"));
  CHECK(revision.size == 13);
}

TEST_CASE("links of aistudio-sdk 0.2 are judged by their text and lead nowhere else") {
  const TreeBuilder tree(Layout::aistudio);
  const TempDir& dir = tree.dir();
  const TempDir outside;
  outside.write("secret", "do not look");
  dir.write("models/old/blobs/" + blob, "{\"a\":1}\n");
  dir.write("models/old/blobs/" + std::string(40, 'c'), "unused");
  dir.write("models/old/blobs/README", "");
  const std::string top = "models/old/snapshots/master/" + commit_1 + "/";
  dir.link("/was/elsewhere/models/old/blobs/" + blob, top + "moved.json");
  dir.link(dir.path("models/old/blobs/" + std::string(40, 'd')), top + "gone.json");
  dir.link(outside.path("secret"), top + "out.json");
  const RepoInventory repo = tree.stock().repo("models/old");
  CHECK(told(repo.findings) ==
        Strings{"blob_orphan note models/old/blobs/" + std::string(40, 'c'),
                "link_broken error models/old/snapshots/master/" + commit_1 + "/gone.json",
                "link_escapes warning models/old/snapshots/master/" + commit_1 + "/out.json",
                "stray_entry warning models/old/blobs/README"});
  CHECK(repo.size == 8);
  CHECK(repo.reclaimable == 0);
  const RevisionInventory& revision = repo.revisions.front();
  CHECK(paths_of(revision) == Strings{"moved.json"});
  CHECK(revision.complete == false);
  CHECK(revision.lacking.size() == 2);
}

TEST_CASE("a link below the root is its file, one out of it is not followed") {
  const TreeBuilder tree(Layout::aistudio);
  const TempDir outside;
  outside.write("model.bin", std::string(999, 'x'));
  tree.demo();
  tree.demo("models/org/other");
  const std::string folder = "models/org/demo/";
  tree.dir().link("../other/config.json", folder + "inside.json");
  tree.dir().link(tree.dir().path("models/org/other/sub/model.bin"), folder + "absolute.bin");
  tree.dir().link(outside.path("model.bin"), folder + "outside.bin");
  tree.dir().link("nowhere", folder + "broken.bin");
  tree.dir().link("circle", folder + "circle");
  tree.dir().link("sub", folder + "directory");
  tree.index("models/org/demo", {{"config.json", blob_id},
                                 {"sub/model.bin", blob_id},
                                 {"inside.json", blob_id},
                                 {"absolute.bin", blob_id},
                                 {"outside.bin", blob_id},
                                 {"broken.bin", blob_id},
                                 {"circle", blob_id}});
  const Stock stock = tree.stock();
  const RepoInventory& repo = stock.repo("models/org/demo");
  CHECK(told(repo.findings) == Strings{"link_broken error models/org/demo/broken.bin",
                                       "link_broken error models/org/demo/circle",
                                       "link_escapes warning models/org/demo/outside.bin",
                                       "stray_entry warning models/org/demo/directory"});
  CHECK(repo.size == 2 + 5000 + 2 + 5000);
  CHECK(stock.cache.size == 2 + 5000 + 2 + 5000);
  CHECK(paths_of(repo.revisions.front()) ==
        Strings{"absolute.bin", "config.json", "inside.json", "sub/model.bin"});
  CHECK(repo.revisions.front().list[0].blob == tree.dir().path("models/org/other/sub/model.bin"));
  CHECK(repo.revisions.front().complete == false);
}

TEST_CASE("of several trees of a repo those that the client does not look at are told") {
  const TreeBuilder tree(Layout::modelscope);
  tree.dir().write("models/org--demo/snapshots/master/config.json", "{}");
  tree.demo("hub/models/org/demo");
  tree.dir().write("hub/models/org/demo/.mdl", write_mdl("org/demo"));
  CHECK(tree.findings("models/org--demo") == Strings{"layout_shadowed warning models/org--demo"});
  CHECK(tree.findings("hub/models/org/demo").empty());
  CHECK(tree.detail(FindingCode::layout_shadowed, "models/org--demo").find("hub/models/org/demo") !=
        std::string::npos);
}

TEST_CASE("an alias is told only where it leads nowhere") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo("models/org/a___b");
  tree.dir().link("a___b", "models/org/a.b");
  tree.dir().link(tree.dir().path("models/org/a___b"), "models/org/a.c");
  tree.dir().link("gone", "models/org/c.d");
  tree.dir().link("/elsewhere/models/org/e___f", "models/org/e.f");
  CHECK(told(tree.stock().root_findings) ==
        Strings{"alias_dangling note models/org/e.f", "alias_dangling warning models/org/c.d"});
}

TEST_CASE("what is no part of the layout is told, secrets and systems' files are not looked at") {
  const TreeBuilder tree(Layout::modelscope);
  tree.demo();
  const TempDir& dir = tree.dir();
  dir.write(".auth/token", "secret");
  dir.write("credentials/cookies", "secret");
  dir.write(".lock/org___demo", "");
  dir.write(".download_state/x.json", "{}");
  dir.write("notes.txt", "");
  dir.write("strangers/x/y", "");
  dir.write("models/README", "");
  dir.write("models/org/README", "");
  dir.write("models/org/.DS_Store", "");
  dir.write("models/org/demo/.DS_Store", "");
  dir.write("mcps/a--b/snapshots/master/x", "four");
  dir.write("skills/a--b/snapshots/master/x", "sixsix");
  const Stock stock = tree.stock();
  CHECK(told(stock.root_findings) == Strings{"stray_entry note models/README",
                                             "stray_entry note models/org/README",
                                             "stray_entry note notes.txt", "stray_entry note strangers"});
  CHECK(stock.repo("models/org/demo").findings.empty());
  REQUIRE(stock.cache.sections.size() == 2);
  CHECK(stock.cache.sections[0].name == "mcps");
  CHECK(stock.cache.sections[0].size == 4);
  CHECK(stock.cache.sections[1].size == 6);
  CHECK(stock.cache.repos == 1);
}

TEST_CASE("odd things in a tree with snapshots are told") {
  const TreeBuilder tree(Layout::modelscope);
  const std::string folder = "models/org--demo";
  tree.dir().write(folder + "/snapshots/master/config.json", "{}");
  tree.dir().write(folder + "/refs/main", "");
  tree.dir().write(folder + "/snapshots/file", "");
  tree.dir().fifo(folder + "/snapshots/master/fifo");
  CHECK(tree.findings(folder) == Strings{"stray_entry warning models/org--demo/refs",
                                         "stray_entry warning models/org--demo/snapshots/file",
                                         "stray_entry warning models/org--demo/snapshots/master/fifo"});
}

TEST_CASE("what may not be read is told, and the rest is shown") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo();
  tree.demo("models/closed/demo");
  for (const char* name : {"", "models", "models/org", "models/org/demo", "models/closed"})
    std::filesystem::permissions(tree.dir().path(name), std::filesystem::perms(0755));
  std::filesystem::permissions(tree.dir().path("models/org/demo/sub"), std::filesystem::perms(0));
  std::filesystem::permissions(tree.dir().path("models/closed"), std::filesystem::perms(0));
  const std::string told_to_nobody = as_nobody([&] {
    const Stock stock = tree.stock();
    return joined(told(stock.root_findings)) + joined(told(stock.repo("models/org/demo").findings)) +
           joined(lines_of(stock.repo("models/org/demo").revisions.front().lacking));
  });
  std::filesystem::permissions(tree.dir().path("models/closed"), std::filesystem::perms(0700));
  std::filesystem::permissions(tree.dir().path("models/org/demo/sub"), std::filesystem::perms(0700));
  CHECK(told_to_nobody ==
        "permission_denied error models/closed\n"
        "permission_denied error models/org/demo/sub\n"
        "sub cannot be read\n");
}

TEST_CASE("a root that is not there is not found, a repo that is not there is nothing") {
  CHECK(thrown_by([] { TreeInventory("/nowhere/at/all", Layout::aistudio); }).cause == Cause::not_found);
  const TreeBuilder tree(Layout::aistudio);
  TreeInventory inventory(tree.root(), Layout::aistudio);
  CHECK_FALSE(inventory.read("models/org/none", Detail::files));
  CHECK_FALSE(inventory.read("../x", Detail::files));
  tree.demo();
  TreeInventory later(tree.root(), Layout::aistudio);
  std::filesystem::remove_all(tree.dir().path("models/org"));
  CHECK_FALSE(later.read("models/org/demo", Detail::files));
}

TEST_CASE("a tree that is hundreds of directories deep is told and walked only so far") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo();
  std::string deep = "models/org/demo";
  for (int i = 0; i < 200; ++i) deep += "/d";
  tree.dir().write(deep + "/file", "");
  const RepoInventory repo = tree.stock().repo("models/org/demo");
  CHECK(repo.files == 2);
  REQUIRE(repo.findings.size() == 1);
  CHECK(repo.findings.front().code == FindingCode::name_unsafe);
}
