// SPDX-License-Identifier: Apache-2.0
// The trees of AI Studio and ModelScope, as sources and as sinks of every other store. They keep less than a
// hub cache, so what is held here is: the same files with the same ids, once, and nothing where one is not
// what it should be.
#include "modelcache/ops/copy.hpp"
#include "modelcache/store/open.hpp"
#include "modelcache/store/tree_repos.hpp"

#include "support/catch.hpp"
#include "support/content.hpp"
#include "support/errors.hpp"

#include <algorithm>

#include "stores.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

struct TreeCase {
  std::string name;
  Layout layout;
  // A shell command, run in the lab: the tree "tree" of what clone/ holds, as the client would leave it.
  std::string make;
  std::string repo = "org/demo";
  bool has_commit = false;
  bool has_ids = false;
};

// Copies the files of the clone to DIR and pickles an index of REVISION, which may be "blob" for each file's
// own id.
std::string pickled(const std::string& dir, const std::string& revision, const std::string& version) {
  return "mkdir -p " + dir + "; cp -r clone/. " + dir + "/; rm -rf " + dir +
         "/.git; git -C clone ls-tree -rz HEAD >ids; " +
         "python3 -c \"\n"
         "import pickle\n"
         "rows = [row.split(b'\\t') for row in open('ids', 'rb').read().split(b'\\0') if row]\n"
         "rows = [(path.decode(), head.split()[2].decode()) for head, path in rows]\n"
         "revision = '" +
         revision +
         "'\n"
         "pickle.dump([{'Path': path, 'Revision': oid if revision == 'blob' else revision}\n"
         "             for path, oid in rows if path != '.gitattributes'], open('" +
         dir +
         "/.msc', 'wb'))\n"
         "pickle.dump({'id': 'org/demo'}, open('" +
         dir +
         "/.mdl', 'wb'))\n"
         "\"; printf '%s' \"" +
         version + "\" >" + dir + "/.mv";
}

const std::vector<TreeCase>& tree_cases() {
  static const std::string head = "$(git -C clone rev-parse HEAD)";
  static const std::vector<TreeCase> cases{
      {"aistudio-sdk 0.3", Layout::aistudio,
       pickled("tree/models/org/demo", "blob", "Revision:" + head + ",CreatedAt:unknown"), "org/demo", true,
       true},
      {"aistudio-sdk 0.2", Layout::aistudio,
       "mkdir -p tree/models/demo/blobs; git -C clone ls-tree -rz HEAD | while IFS= read -r -d '' row; do "
       "path=${row#*\t}; id=$(echo $row | cut -d' ' -f3); cp clone/\"$path\" tree/models/demo/blobs/$id; "
       "link=tree/models/demo/snapshots/master/" +
           head +
           "/$path; mkdir -p \"$(dirname \"$link\")\"; "
           "ln -s /gone/models/demo/blobs/$id \"$link\"; done",
       "demo", false, true},
      {"PaddleNLP", Layout::aistudio,
       "mkdir -p tree/models--org--demo/blobs; git -C clone ls-tree -rz HEAD | while IFS= read -r -d '' row; "
       "do "
       "path=${row#*\t}; id=$(echo $row | cut -d' ' -f3); cp clone/\"$path\" "
       "tree/models--org--demo/blobs/$id; "
       "link=tree/models--org--demo/snapshots/master/$path; mkdir -p \"$(dirname \"$link\")\"; "
       "ln -s ../../blobs/$id \"$link\"; done; mkdir tree/models--org--demo/refs; "
       "printf master >tree/models--org--demo/refs/master",
       "org/demo", false, true},
      {"modelscope 1.37", Layout::modelscope,
       pickled("tree/models/org/demo", std::string(40, '3'), "Revision:master,CreatedAt:1700000000")},
      {"modelscope 1.22", Layout::modelscope,
       pickled("tree/hub/org/demo", std::string(40, '3'), "Revision:master,CreatedAt:1700000000")},
      {"modelscope 1.38", Layout::modelscope,
       "mkdir -p tree/models/org--demo/snapshots; cp -r clone tree/models/org--demo/snapshots/master; "
       "rm -rf tree/models/org--demo/snapshots/master/.git"}};
  return cases;
}

struct TreeSinkCase {
  std::string name;
  Layout layout;
  std::string make;    // what is there before
  std::string folder;  // of the repo, below "tree"
  ModelscopeRelease release = ModelscopeRelease::automatic;
};

const std::vector<TreeSinkCase>& tree_sink_cases() {
  static const std::vector<TreeSinkCase> cases{
      {"new AI Studio tree", Layout::aistudio, ":", "models/org/demo"},
      {"AI Studio tree of another revision", Layout::aistudio,
       pickled("tree/models/org/demo", std::string(40, '3'),
               "Revision:" + std::string(40, '4') + ",CreatedAt:unknown") +
           "; echo other >tree/models/org/demo/README.md",
       "models/org/demo"},
      {"new ModelScope tree", Layout::modelscope, ":", "models/org--demo/snapshots/master"},
      {"ModelScope tree of another revision", Layout::modelscope,
       "mkdir -p tree/models/org--demo/snapshots/master; echo other "
       ">tree/models/org--demo/snapshots/master/README.md",
       "models/org--demo/snapshots/master"}};
  return cases;
}

RepoId repo_of(const TreeCase& one) {
  return RepoId::parse(RepoType::model, one.repo);
}

std::unique_ptr<Source> open_tree(const Sample& sample, Layout layout) {
  return open_source({layout, sample.lab().path("tree")}, {});
}

std::unique_ptr<Sink> open_tree_sink(const Sample& sample, const TreeSinkCase& one) {
  SinkOptions options;
  options.tree.release = one.release;
  return open_sink({one.layout, sample.lab().path("tree")}, options);
}

Snapshot identified(Source& source, const RepoId& repo, const std::string& revision = "") {
  Snapshot snapshot = source.snapshot(repo, revision);
  source.identify(repo, snapshot, {2, nullptr});
  return snapshot;
}

// Of each file what is the same in every layout.
std::string contents_of(const Snapshot& snapshot) {
  std::string contents;
  for (const Entry& entry : snapshot.entries)
    contents += entry.path.bytes() + " " + std::to_string(entry.size) + " " +
                (entry.content ? entry.content->text() : "unknown") + "\n";
  return contents;
}

std::string listing(const Sample& sample, const std::string& path) {
  return sample.lab().sh("[ -e " + path + " ] || exit 0; find " + path +
                         " ! -name '*.lock' -printf '%p %i %m %s %T@ %l\\n' | sort");
}

CopyRequest request_for(const RepoId& repo) {
  CopyRequest request{.repo = repo};
  request.jobs = 2;
  return request;
}

}  // namespace

TEST_CASE("the trees of every release are read as the files that they hold") {
  for (const TreeCase& one : tree_cases()) {
    INFO(one.name);
    const Sample sample;
    sample.lab().sh(one.make);
    const std::string before = listing(sample, "tree");
    const auto source = open_tree(sample, one.layout);
    CHECK(source->repos() == std::vector<RepoId>{repo_of(one)});
    CHECK(source->default_branch(repo_of(one)) == "master");
    const Snapshot snapshot = identified(*source, repo_of(one));
    CHECK(contents_of(snapshot) == contents_of(sample.snapshot()));
    CHECK(snapshot.refs == std::vector<std::string>{"master"});
    CHECK((snapshot.commit == sample.commit()) == one.has_commit);
    CHECK(is_commit_id(snapshot.commit));
    for (const Entry& entry : snapshot.entries) {
      INFO(entry.path.bytes());
      CHECK_FALSE(source->lacks(repo_of(one), entry));
      CHECK(text_of(source->open(repo_of(one), entry)) == sample.file(entry.path).bytes);
      if (one.has_ids) CHECK(entry.git_oid == Digest::parse(HashKind::git_sha1, sample.file(entry.path).oid));
    }
    CHECK(listing(sample, "tree") == before);
  }
}

TEST_CASE("every source arrives in every tree as the same files, once") {
  for (const SourceCase& from : source_cases())
    for (const TreeSinkCase& to : tree_sink_cases()) {
      INFO(from.name << " into " << to.name);
      const Sample sample;
      from.make(sample);
      const auto source = from.open(sample);
      sample.lab().sh(to.make);
      CopyRequest request = request_for(sample.repo());
      request.main_alias = to.layout == Layout::modelscope ? MainAlias::as_master : MainAlias::none;
      const std::string before = listing(sample, "tree");
      auto sink = open_tree_sink(sample, to);
      CHECK_FALSE(plan_copy(*source, *sink, request).is_done());
      CHECK(listing(sample, "tree") == before);
      execute(plan_copy(*source, *sink, request), *source, *sink, request);
      sink.reset();
      const std::string after = listing(sample, "tree");
      CHECK(after.find("modelcache") == std::string::npos);
      CHECK(after.find("tree/" + to.folder + "/README.md") != std::string::npos);

      const auto arrived = open_tree(sample, to.layout);
      const Snapshot snapshot = identified(*arrived, sample.repo());
      CHECK(contents_of(snapshot) == contents_of(sample.snapshot()));
      for (const Entry& entry : snapshot.entries)
        CHECK(text_of(arrived->open(sample.repo(), entry)) == sample.file(entry.path).bytes);
      if (to.layout == Layout::aistudio) CHECK(snapshot.commit == sample.commit());

      sink = open_tree_sink(sample, to);
      CHECK(plan_copy(*source, *sink, request).is_done());
      execute(plan_copy(*source, *sink, request), *source, *sink, request);
      CHECK(listing(sample, "tree") == after);
    }
}

TEST_CASE("every tree arrives in every sink as the same files") {
  for (const TreeCase& from : tree_cases())
    for (const SinkCase& to : sink_cases()) {
      INFO(from.name << " into " << to.name);
      const Sample sample;
      sample.lab().sh(from.make);
      to.make(sample);
      const auto source = open_tree(sample, from.layout);
      const CopyRequest request = request_for(repo_of(from));
      {
        const auto sink = to.open(sample);
        execute(plan_copy(*source, *sink, request), *source, *sink, request);
      }
      const auto arrived = to.read(sample);
      const Snapshot snapshot = identified(*arrived, to.is_clone ? arrived->repos().front() : repo_of(from),
                                           to.is_clone ? "" : "master");
      CHECK(contents_of(snapshot) == contents_of(sample.snapshot()));
    }
}

TEST_CASE("from tree to tree the ids that an index tells are kept") {
  const Sample sample;
  sample.lab().sh(tree_cases().front().make);
  const auto source = open_tree(sample, Layout::aistudio);
  const CopyRequest request = request_for(sample.repo());
  {
    const auto sink = open_sink({Layout::aistudio, sample.lab().path("other")}, {});
    execute(plan_copy(*source, *sink, request), *source, *sink, request);
  }
  for (const char* name : {".msc", ".mdl", ".mv"})
    CHECK(sample.lab().sh(std::string("cmp tree/models/org/demo/") + name + " other/models/org/demo/" + name +
                          " && echo same") == "same");
}

TEST_CASE("a file that is not what the index says is refused, and nothing arrives") {
  const Sample sample;
  sample.lab().sh(tree_cases().front().make + "; printf x >>tree/models/org/demo/model.bin");
  const auto source = open_tree(sample, Layout::aistudio);
  CopyRequest request = request_for(sample.repo());
  auto sink = open_sink({Layout::hf, sample.lab().path("hub")}, {});
  const Thrown thrown = thrown_by([&] { return plan_copy(*source, *sink, request).is_done(); });
  CHECK(thrown.cause == Cause::refused);
  CHECK(thrown.message.find("model.bin") != std::string::npos);
  CHECK(thrown.message.find("index") != std::string::npos);
  CHECK_FALSE(sample.lab().dir().exists("hub"));
  request.missing = Missing::skip;
  execute(plan_copy(*source, *sink, request), *source, *sink, request);
  const auto arrived = open_source({Layout::hf, sample.lab().path("hub")}, {});
  CHECK(arrived->snapshot(sample.repo(), "master").find("model.bin") == nullptr);
}

TEST_CASE("moved out of a tree, files go and the index with them") {
  for (const TreeCase& one : tree_cases()) {
    if (one.name == "aistudio-sdk 0.2" || one.name == "PaddleNLP") continue;  // only read
    INFO(one.name);
    const Sample sample;
    sample.lab().sh(one.make);
    const auto source = open_tree(sample, one.layout);
    CopyRequest request = request_for(sample.repo());
    request.source_after = SourceAfter::freed;
    const auto sink = open_sink({Layout::hf, sample.lab().path("hub")}, {});
    execute(plan_copy(*source, *sink, request), *source, *sink, request);
    CHECK(sample.lab().sh("find tree -type f ! -path '*/.lock/*' | wc -l") == "0");
    const auto arrived = open_source({Layout::hf, sample.lab().path("hub")}, {});
    CHECK(contents_of(arrived->snapshot(sample.repo(), "master")) == contents_of(sample.snapshot()));
  }
}
