// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_repos.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

namespace {

RepoId model(std::string_view id) {
  return RepoId::parse(RepoType::model, id);
}

std::vector<std::string> folders(const TreeRepos& found) {
  std::vector<std::string> folders;
  for (const TreeRepo& repo : found.repos) folders.push_back(repo.folder + " " + repo.id);
  return folders;
}

}  // namespace

TEST_CASE("the dots of a repo's name are masked in an indexed tree") {
  CHECK(indexed_folder(model("org/Qwen2.5-7B")) == "models/org/Qwen2___5-7B");
  CHECK(indexed_folder(model("my.org/a.b.c")) == "models/my.org/a___b___c");
  CHECK(indexed_folder(RepoId::parse(RepoType::dataset, "org/data")) == "datasets/org/data");
  CHECK(snapshots_folder(model("org/Qwen2.5")) == "models/org--Qwen2.5");
  CHECK(snapshots_folder(RepoId::parse(RepoType::space, "org/app")) == "studios/org--app");
}

TEST_CASE("a repo that would share its folder with another one is refused, and one that has no folder") {
  for (const char* id : {"org/a___b", "org/a_.b", "gpt2"}) {
    INFO(id);
    CHECK(thrown_by([&] { indexed_folder(model(id)); }).cause == Cause::refused);
  }
  CHECK(thrown_by([&] { indexed_folder(RepoId::parse(RepoType::space, "org/app")); }).cause ==
        Cause::refused);
  CHECK(thrown_by([&] { snapshots_folder(RepoId::parse(RepoType::kernel, "org/app")); }).cause ==
        Cause::refused);
  CHECK(thrown_by([&] { snapshots_folder(model("gpt2")); }).cause == Cause::refused);
}

TEST_CASE("an AI Studio root shows its repos, old ones without owner, and aliases apart") {
  const TempDir dir;
  dir.write("models/org/Qwen2___5/.msc", "");
  dir.write("models/org/plain/config.json", "{}");
  dir.link("Qwen2___5", "models/org/Qwen2.5");
  dir.make_dir("models/org/empty");
  dir.write("models/._tmp/org/plain/part", "");
  dir.write("models/old/blobs/0187f3b09d66cef7911083ad49f890f5a6589589", "");
  dir.make_dir("models/old/snapshots");
  dir.write("models/blobs/blobs/.msc", "");
  dir.write("datasets/org/data/a.csv", "");
  dir.write(".auth/token", "secret");
  const TreeRepos found = find_tree_repos(dir.open(), Layout::aistudio);
  CHECK(folders(found) == std::vector<std::string>{"models/blobs/blobs blobs/blobs", "models/old old",
                                                   "models/org/Qwen2___5 org/Qwen2.5",
                                                   "models/org/plain org/plain",
                                                   "datasets/org/data org/data"});
  CHECK(found.repos[1].form == TreeForm::blobs);
  CHECK(found.aliases == std::vector<std::string>{"models/org/Qwen2.5"});
}

TEST_CASE("of several places of a ModelScope repo the one that its client takes comes first") {
  const TempDir dir;
  dir.write("models/org--Qwen2.5/snapshots/master/config.json", "{}");
  dir.write("hub/models/org/Qwen2___5/config.json", "{}");
  dir.write("hub/org/Qwen2___5/.msc", "");
  dir.write("hub/temp/org/x", "");
  dir.write("org/unrelated/file", "");
  dir.write("hub/org/unrelated/file", "");
  dir.write("studios/org--app/snapshots/master/app.py", "");
  dir.write(".lock/org___Qwen2.5", "");
  const TreeRepos found = find_tree_repos(dir.open(), Layout::modelscope);
  CHECK(folders(found) ==
        std::vector<std::string>{"hub/models/org/Qwen2___5 org/Qwen2.5", "models/org--Qwen2.5 org/Qwen2.5",
                                 "hub/org/Qwen2___5 org/Qwen2.5", "studios/org--app org/app"});
  CHECK(find_tree_repo(dir.open(), Layout::modelscope, model("org/Qwen2.5")).size() == 3);
  CHECK(find_tree_repo(dir.open(), Layout::modelscope, model("org/other")).empty());
}

TEST_CASE("no link is followed to a repo") {
  const TempDir outside;
  outside.write("repo/.msc", "");
  const TempDir dir;
  dir.make_dir("models");
  dir.link(outside.path(), "models/org");
  dir.link(outside.path(), "datasets");
  CHECK(find_tree_repos(dir.open(), Layout::aistudio).repos.empty());
  CHECK(find_tree_repos(dir.open(), Layout::modelscope).repos.empty());
}

TEST_CASE("a directory that may be listed and not searched hides its own repos and no others") {
  if (::geteuid() == 0) REQUIRE(::seteuid(65534) == 0);
  struct Back {
    ~Back() { static_cast<void>(::seteuid(0)); }
  } back;
  const TempDir dir("/tmp");
  dir.write("models/closed/repo/.msc", "");
  dir.write("models/org/plain/config.json", "{}");
  REQUIRE(::chmod(dir.path("models/closed").c_str(), 0400) == 0);
  for (const Layout layout : {Layout::aistudio, Layout::modelscope})
    CHECK(folders(find_tree_repos(dir.open(), layout)) ==
          std::vector<std::string>{"models/org/plain org/plain"});
  REQUIRE(::chmod(dir.path("models/closed").c_str(), 0700) == 0);
}
