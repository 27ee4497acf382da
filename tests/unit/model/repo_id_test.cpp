// SPDX-License-Identifier: Apache-2.0
#include "modelcache/model/repo_id.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace modelcache;
using test::thrown_by;

namespace {

const std::string longest(96, 'x');

// What huggingface_hub 2.4.0 takes and what it does not.
const std::vector<std::string> accepted = {"a",
                                           "0",
                                           "1/2",
                                           "_a",
                                           "a_",
                                           "__",
                                           "_/_",
                                           "a-.b",
                                           "a.-b",
                                           "a.git/b",
                                           "A.GIT",
                                           "a/b.GIT",
                                           "datasets/foo",
                                           "con",
                                           "git",
                                           "a/git",
                                           "org/demo",
                                           "gpt2",
                                           "a.b-c_d/E.F-G_H",
                                           longest,
                                           longest + "/" + longest};

const std::vector<std::pair<std::string, std::string>> rejected = {
    {"", "empty"},
    {"/", "empty"},
    {"a/", "empty"},
    {"/a", "empty"},
    {"a//b", "more than one '/'"},
    {"a/b/c", "more than one '/'"},
    {"//", "more than one '/'"},
    {"a/b/", "more than one '/'"},
    {".a", "begins or ends"},
    {"a.", "begins or ends"},
    {"-a", "begins or ends"},
    {"a-", "begins or ends"},
    {"a./b", "begins or ends"},
    {"a-/b", "begins or ends"},
    {"a/-b", "begins or ends"},
    {"a/..", "begins or ends"},
    {"../a", "begins or ends"},
    {".", "begins or ends"},
    {"..", "begins or ends"},
    {"-", "begins or ends"},
    {"a--b", "'--'"},
    {"org/a--b", "'--'"},
    {"a--b/c", "'--'"},
    {"a..b", "'..'"},
    {"org/a..b", "'..'"},
    {"a.git", "'.git'"},
    {"org/a.git", "'.git'"},
    {"a b", "letters, digits"},
    {" a", "letters, digits"},
    {"a ", "letters, digits"},
    {"a\\b", "letters, digits"},
    {"a:b", "letters, digits"},
    {"a@b", "letters, digits"},
    {"a+b", "letters, digits"},
    {"~a", "letters, digits"},
    {"a?", "letters, digits"},
    {"a#b", "letters, digits"},
    {"a%2Fb", "letters, digits"},
    {std::string("a\0b", 3), "letters, digits"},
    {std::string("a\0", 2), "letters, digits"},
    {"a\n", "letters, digits"},
    {"org/a\n", "letters, digits"},
    {"\na", "letters, digits"},
    {"größe", "letters, digits"},
    {"a/\xCE\xB1", "letters, digits"},
    {"\xEF\xBC\x91", "letters, digits"},
    {"\xD9\xA1", "letters, digits"},
    {"a\xff", "letters, digits"},
    {"\x1b[31m", "letters, digits"},
    {longest + "x", "96"},
    {longest + "x/a", "96"},
    {"a/" + longest + "x", "96"}};

struct Typed {
  std::string text;
  RepoType type;
  std::string id;
  std::optional<std::string> revision;
};

void require_parsed(const Typed& one, std::optional<RepoType> type_override = {}) {
  CAPTURE(one.text);
  const RepoRevision parsed = parse_repo(one.text, type_override);
  CHECK(parsed.repo.type() == one.type);
  CHECK(parsed.repo.id() == one.id);
  CHECK(parsed.revision == one.revision);
}

}  // namespace

TEST_CASE("the ids that the hub's client takes are ids") {
  for (const std::string& id : accepted) {
    CAPTURE(id);
    CHECK_FALSE(RepoId::flaw(id));
    CHECK(RepoId::parse(RepoType::model, id).id() == id);
  }
}

TEST_CASE("an id that the hub's client refuses is a usage error that tells the id and the rule") {
  for (const auto& [id, rule] : rejected) {
    CAPTURE(id);
    const auto flaw = RepoId::flaw(id);
    REQUIRE(flaw);
    CHECK(flaw->find(rule) != std::string_view::npos);
    const auto thrown = thrown_by([&, &id = id] { return RepoId::parse(RepoType::dataset, id); });
    CHECK(thrown.cause == Cause::usage);
    CHECK(thrown.message.find("the repo id '") == 0);
    CHECK(thrown.message.find(std::string(*flaw)) != std::string::npos);
    CHECK(std::all_of(thrown.message.begin(), thrown.message.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; }));
  }
}

TEST_CASE("a repo names its folder as the clients do, and the folder reads back") {
  CHECK(RepoId::parse(RepoType::model, "gpt2").folder() == "models--gpt2");
  CHECK(RepoId::parse(RepoType::dataset, "org/x").folder() == "datasets--org--x");
  CHECK(RepoId::parse(RepoType::space, "Org/X.y").folder() == "spaces--Org--X.y");
  CHECK(RepoId::parse(RepoType::kernel, "o/k").folder() == "kernels--o--k");
  CHECK(RepoId::parse(RepoType::kernel, "o/k").text() == "kernel/o/k");
  for (const RepoType type : {RepoType::model, RepoType::dataset, RepoType::space, RepoType::kernel})
    for (const std::string& id : accepted) {
      const RepoId repo = RepoId::parse(type, id);
      CAPTURE(repo.folder());
      CHECK(RepoId::from_folder(repo.folder()) == repo);
      CHECK(repo.folder().find('/') == std::string::npos);
      CHECK(repo.folder().size() <= 255);
      const auto split = split_repo_folder(repo.folder());
      REQUIRE(split);
      CHECK(split->type == type);
      CHECK(split->id == id);
    }
}

TEST_CASE("a folder whose id breaks a rule is no repo of ours, though clients list it") {
  const std::vector<std::pair<std::string, std::string>> folders = {
      {"models--", ""},
      {"models--a--b--c", "a/b/c"},
      {"models----", "/"},
      {"models--a---b", "a/-b"},
      {"models--a--", "a/"},
      {"models----a", "/a"},
      {"models--a.git", "a.git"},
      {"models--\xff", "\xff"},
      {"models--" + std::string(200, 'n') + "--x", std::string(200, 'n') + "/x"},
      {"models--größe", "größe"}};
  for (const auto& [folder, id] : folders) {
    CAPTURE(folder);
    CHECK_FALSE(RepoId::from_folder(folder));
    const auto split = split_repo_folder(folder);
    REQUIRE(split);
    CHECK(split->id == id);
    CHECK(split->type == RepoType::model);
  }
}

TEST_CASE("a folder without a known type in front of '--' is no repo at all") {
  for (const char* folder :
       {"", "models", "models-", "models-a", "model--a", "Models--a", "modelss--a", "modelx--a", " models--a",
        "buckets--a", "--a", "--", "a--b", "blobs", ".locks", "version.txt", "tmpabcdefgh", "models.--a"}) {
    CAPTURE(folder);
    CHECK_FALSE(split_repo_folder(folder));
    CHECK_FALSE(RepoId::from_folder(folder));
  }
}

TEST_CASE("types are known in both numbers and exactly") {
  const std::vector<std::pair<RepoType, std::string>> types = {{RepoType::model, "model"},
                                                               {RepoType::dataset, "dataset"},
                                                               {RepoType::space, "space"},
                                                               {RepoType::kernel, "kernel"}};
  for (const auto& [type, word] : types) {
    CHECK(to_string(type) == word);
    CHECK(plural(type) == word + "s");
    CHECK(parse_repo_type(word) == type);
    CHECK(parse_repo_type(word + "s") == type);
    CHECK_FALSE(parse_repo_type(word + "ss"));
    CHECK_FALSE(parse_repo_type(" " + word));
  }
  for (const char* word : {"", "Model", "MODELS", "mode", "bucket", "models/"})
    CHECK_FALSE(parse_repo_type(word));
}

TEST_CASE("a REPO is an id with an optional type in front and revision behind") {
  const std::string commit = "0123456789abcdef0123456789abcdef01234567";
  for (const Typed& one : std::vector<Typed>{
           {"gpt2", RepoType::model, "gpt2", {}},
           {"org/demo", RepoType::model, "org/demo", {}},
           {"model/org/demo", RepoType::model, "org/demo", {}},
           {"models/org/demo", RepoType::model, "org/demo", {}},
           {"dataset/org/x", RepoType::dataset, "org/x", {}},
           {"datasets/org/x", RepoType::dataset, "org/x", {}},
           {"datasets/squad", RepoType::dataset, "squad", {}},
           {"space/org/x", RepoType::space, "org/x", {}},
           {"spaces/org/x", RepoType::space, "org/x", {}},
           {"kernel/org/x", RepoType::kernel, "org/x", {}},
           {"kernels/x", RepoType::kernel, "x", {}},
           {"model", RepoType::model, "model", {}},
           {"datasets", RepoType::model, "datasets", {}},
           {"models/datasets/x", RepoType::model, "datasets/x", {}},
           {"Datasets/x", RepoType::model, "Datasets/x", {}},
           {"org/demo@main", RepoType::model, "org/demo", "main"},
           {"gpt2@" + commit, RepoType::model, "gpt2", commit},
           {"org/demo@0123456", RepoType::model, "org/demo", "0123456"},
           {"org/demo@refs/pr/1", RepoType::model, "org/demo", "refs/pr/1"},
           {"gpt2@feature/x/y", RepoType::model, "gpt2", "feature/x/y"},
           {"datasets/squad@refs/convert/parquet", RepoType::dataset, "squad", "refs/convert/parquet"},
           {"gpt2@user@host", RepoType::model, "gpt2", "user@host"},
           {"gpt2@datasets/x", RepoType::model, "gpt2", "datasets/x"}})
    require_parsed(one);
}

TEST_CASE("the option --repo-type beats the type in a REPO, and an owner may be called as a type") {
  require_parsed({"org/x", RepoType::dataset, "org/x", {}}, RepoType::dataset);
  require_parsed({"models/org/x", RepoType::dataset, "org/x", {}}, RepoType::dataset);
  require_parsed({"datasets/org/x@v1", RepoType::dataset, "org/x", "v1"}, RepoType::dataset);
  require_parsed({"datasets/x", RepoType::model, "datasets/x", {}}, RepoType::model);
  require_parsed({"x", RepoType::kernel, "x", {}}, RepoType::kernel);
  // A slash in the revision does not make the id three parts.
  require_parsed({"datasets/x@refs/pr/1", RepoType::model, "datasets/x", "refs/pr/1"}, RepoType::model);
}

TEST_CASE("a REPO that is none is a usage error") {
  for (const std::string& text :
       {std::string(), std::string("@main"), std::string("gpt2@"), std::string("a/b/c"),
        std::string("model/"), std::string("datasets/a/b/c"), std::string("buckets/org/x"),
        std::string("org/x:main"), std::string("hf://models/org/x"),
        std::string("https://huggingface.co/org/x"), std::string("models--org--x"), std::string("org /x")}) {
    CAPTURE(text);
    CHECK(thrown_by([&] { return parse_repo(text); }).cause == Cause::usage);
  }
}

TEST_CASE("repos are ordered by type, then id") {
  const auto repo = [](RepoType type, const char* id) { return RepoId::parse(type, id); };
  CHECK(repo(RepoType::model, "z") < repo(RepoType::dataset, "a"));
  CHECK(repo(RepoType::model, "a") < repo(RepoType::model, "a/b"));
  CHECK(repo(RepoType::model, "a/b") == repo(RepoType::model, "a/b"));
  CHECK(repo(RepoType::model, "a/b") != repo(RepoType::space, "a/b"));
}
