// SPDX-License-Identifier: Apache-2.0
#include "tree_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

RepoId model(std::string_view id) {
  return RepoId::parse(RepoType::model, id);
}

// What is found, relative to the root; else "not cached".
std::string answer(const TreeBuilder& tree, std::string_view id, const std::string& file,
                   const std::optional<std::string>& revision = {}) {
  TreeInventory inventory(tree.root(), tree.layout());
  const auto folder = inventory.find_folder(model(id));
  if (!folder) return "no repo";
  const Lookup lookup = inventory.look_up(*folder, revision, file);
  CHECK(lookup.answer != Lookup::Answer::known_absent);
  if (lookup.answer == Lookup::Answer::not_cached) return "not cached";
  return lookup.path.substr(tree.root().size() + 1);
}

std::string chosen(const TreeBuilder& tree, std::string_view id,
                   const std::optional<std::string>& revision = {}) {
  TreeInventory inventory(tree.root(), tree.layout());
  const auto repo = inventory.read(inventory.find_folder(model(id)).value(), Detail::revisions);
  const RevisionInventory* found = inventory.choose_revision(*repo, revision);
  return found != nullptr ? found->commit : "none";
}

}  // namespace

TEST_CASE("AI Studio finds a file that its index names, whatever revision is asked for") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo("models/org/de___mo");
  tree.dir().write("models/org/de___mo/unnamed", "x");
  tree.dir().link("config.json", "models/org/de___mo/link");
  tree.index("models/org/de___mo", {{"config.json", "N/A"}, {"gone", blob_id}, {"link", blob_id}});
  CHECK(answer(tree, "org/de.mo", "config.json") == "models/org/de___mo/config.json");
  CHECK(answer(tree, "org/de.mo", "config.json", "v1") == "models/org/de___mo/config.json");
  CHECK(answer(tree, "org/de.mo", "link") == "models/org/de___mo/link");
  for (const char* file : {"gone", "unnamed", ".msc", "sub", ""}) {
    CAPTURE(file);
    CHECK(answer(tree, "org/de.mo", file) == "not cached");
  }
  CHECK(answer(tree, "org/none", "config.json") == "no repo");
  CHECK(thrown_by([&] { answer(tree, "org/de.mo", "../x"); }).cause == Cause::usage);
  CHECK(chosen(tree, "org/de.mo") == commit_1);
  CHECK(chosen(tree, "org/de.mo", "master") == commit_1);
  CHECK(chosen(tree, "org/de.mo", commit_1) == commit_1);
  CHECK(chosen(tree, "org/de.mo", commit_2) == "none");
}

TEST_CASE("ModelScope finds a file where it is, in the tree that its client takes first") {
  const TreeBuilder tree(Layout::modelscope);
  tree.dir().write("models/org--new/snapshots/v1/only-v1", "x");
  tree.dir().write("models/org--new/snapshots/v1/config.json", "x");
  CHECK(answer(tree, "org/new", "only-v1") == "models/org--new/snapshots/v1/only-v1");
  CHECK(chosen(tree, "org/new") == "v1");
  tree.dir().write("models/org--new/snapshots/v2/config.json", "x");
  CHECK(answer(tree, "org/new", "config.json") == "not cached");
  CHECK(chosen(tree, "org/new") == "none");
  tree.dir().write("models/org--new/snapshots/main/config.json", "x");
  CHECK(chosen(tree, "org/new") == "main");
  tree.dir().write("models/org--new/snapshots/master/config.json", "x");
  CHECK(answer(tree, "org/new", "config.json") == "models/org--new/snapshots/master/config.json");
  CHECK(answer(tree, "org/new", "only-v1") == "not cached");
  CHECK(answer(tree, "org/new", "only-v1", "v1") == "models/org--new/snapshots/v1/only-v1");
  CHECK(answer(tree, "org/new", "only-v1", "../new") == "not cached");
  CHECK(chosen(tree, "org/new") == "master");
  CHECK(chosen(tree, "org/new", "v2") == "v2");
  CHECK(chosen(tree, "org/new", "v3") == "none");
  tree.dir().write("models/org--new/snapshots/refs/pr/1/config.json", "x");
  CHECK(answer(tree, "org/new", "config.json", "refs/pr/1") ==
        "models/org--new/snapshots/refs/pr/1/config.json");
  tree.dir().write("models/org/new/.mdl", write_mdl("org/new"));
  CHECK(answer(tree, "org/new", "config.json") == "not cached");
  tree.dir().write("models/org/new/config.json", "x");
  CHECK(answer(tree, "org/new", "config.json", "v1") == "models/org/new/config.json");
}

TEST_CASE("aistudio-sdk 0.2 finds a file by its newest link, whoever owns the repo") {
  const TreeBuilder tree(Layout::aistudio);
  tree.dir().write("models/old/blobs/" + blob_id, "x");
  tree.dir().link(tree.dir().path("models/old/blobs/" + blob_id),
                  "models/old/snapshots/master/" + commit_1 + "/a");
  tree.dir().link(tree.dir().path("models/old/blobs/" + commit_3),
                  "models/old/snapshots/master/" + commit_1 + "/b");
  CHECK(answer(tree, "anybody/old", "a") == "models/old/snapshots/master/" + commit_1 + "/a");
  CHECK(answer(tree, "old", "a", "master") == "models/old/snapshots/master/" + commit_1 + "/a");
  CHECK(answer(tree, "old", "b") == "not cached");
  CHECK(answer(tree, "old", "a", "dev") == "not cached");
}
