// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/plain_dir_source.hpp"

#include "modelcache/format/directory_record.hpp"
#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/format/tree_listing.hpp"

#include "support/catch.hpp"
#include "support/content.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <map>

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string beside = ".cache/huggingface/";
const std::string commit(40, '1');
const RepoId repo = RepoId::parse(RepoType::model, "org/name");

struct Lab {
  TempDir temp;

  Lab() {
    temp.write("config.json", "{}");
    temp.write("model.bin", "weights");
  }
  PlainDirSource source(PlainDirOptions options = {repo}) const { return {temp.path(), std::move(options)}; }

  static Digest content(std::string_view bytes, HashKind kind) { return hash_bytes(kind, bytes); }
  void note(std::string_view path, const Digest& etag, const std::string& of = commit,
            const std::string& time = "4000000000.0") const {
    temp.write(beside + "download/" + std::string(path) + ".metadata",
               of + "\n" + etag.hex() + "\n" + time + "\n");
  }
  void note_all() const {
    note("config.json", content("{}", HashKind::git_sha1));
    note("model.bin", content("weights", HashKind::sha256));
  }
  void list() const {
    const Digest large = content("weights", HashKind::sha256);
    const TreeListing listing{
        {{RelPath::parse("config.json").value(), 2, content("{}", HashKind::git_sha1), {}, {}, ""},
         {RelPath::parse("model.bin").value(), 7, pointer_git_oid(large, 7), large, 7, ""}}};
    temp.write(beside + "trees/" + commit + ".json", write_tree_listing(listing));
  }
  void record() const {
    temp.write(beside + "modelcache.json", write_directory_record({repo, commit, {"main", "v1"}, {}, {}}));
  }
};

Snapshot named(PlainDirSource& source) {
  Snapshot snapshot = source.snapshot(repo, "");
  source.identify(repo, snapshot, {2, nullptr});
  return snapshot;
}

bool has(const Snapshot& snapshot, FindingCode code) {
  return std::any_of(snapshot.findings.begin(), snapshot.findings.end(),
                     [&](const Finding& finding) { return finding.code == code; });
}

}  // namespace

TEST_CASE("a directory with no notes is what its contents are") {
  const Lab lab;
  auto source = lab.source();
  CHECK(source.repos() == std::vector{repo});
  CHECK(source.names(repo).empty());
  CHECK(source.select(repo, "").commit.empty());
  const Snapshot snapshot = named(source);
  CHECK(snapshot.find("config.json")->content == lab.content("{}", HashKind::git_sha1));
  CHECK(snapshot.find("model.bin")->content == lab.content("weights", HashKind::sha256));
  CHECK(snapshot.lists_all);
  CHECK(is_commit_id(snapshot.commit));
  CHECK(has(snapshot, FindingCode::large_decided));
  CHECK(has(snapshot, FindingCode::revision_local));
  // An equal directory is an equal commit; another one is not.
  const Lab same;
  auto again = same.source();
  CHECK(named(again).commit == snapshot.commit);
  const Lab other;
  other.temp.write("config.json", "{ }");
  auto different = other.source();
  CHECK(named(different).commit != snapshot.commit);
  CHECK(text_of(source.open(repo, *snapshot.find("model.bin"))) == "weights");
}

TEST_CASE("without notes the repo must be said") {
  const Lab lab;
  auto source = lab.source({});
  const Thrown thrown = thrown_by([&] { return source.repos(); });
  CHECK(thrown.cause == Cause::usage);
  CHECK(thrown.message.find("--repo") != std::string::npos);
  lab.record();
  auto noted = lab.source({});
  CHECK(noted.repos() == std::vector{repo});
  PlainDirOptions options;
  options.repo_type = RepoType::dataset;
  auto dataset = lab.source(std::move(options));
  CHECK(dataset.repos() == std::vector{RepoId::parse(RepoType::dataset, "org/name")});
}

TEST_CASE("files that the notes still hold for are not read") {
  const Lab lab;
  lab.note_all();
  lab.list();
  lab.record();
  auto source = lab.source();
  const Snapshot snapshot = source.snapshot(repo, "");
  CHECK(snapshot.commit == commit);
  CHECK(snapshot.lists_all);
  CHECK(snapshot.refs == std::vector<std::string>{"main", "v1"});
  CHECK(snapshot.findings.empty());
  Snapshot again = snapshot;
  source.identify(repo, again, {});
  CHECK(again == snapshot);
}

TEST_CASE("without a listing the notes alone keep the commit, and nobody says that it is whole") {
  const Lab lab;
  lab.note_all();
  auto source = lab.source();
  const Snapshot snapshot = named(source);
  CHECK(snapshot.commit == commit);
  CHECK_FALSE(snapshot.lists_all);
  lab.temp.write("more.txt", "more");
  auto changed = lab.source();
  const Snapshot more = named(changed);
  CHECK(more.commit != commit);
  CHECK(more.lists_all);
}

TEST_CASE("a file that changed after it was noted is named by what it holds, and the commit is another") {
  const Lab lab;
  lab.note_all();
  lab.list();
  lab.note("model.bin", lab.content("weights", HashKind::sha256), commit, "1.0");
  lab.temp.write("model.bin", "changed");
  auto source = lab.source();
  const Snapshot snapshot = named(source);
  CHECK(snapshot.find("model.bin")->content == lab.content("changed", HashKind::sha256));
  CHECK(snapshot.commit != commit);
  CHECK(has(snapshot, FindingCode::index_revision));
  CHECK(has(snapshot, FindingCode::revision_local));
  CHECK_FALSE(has(snapshot, FindingCode::large_decided));
}

TEST_CASE("files whose times were lost on the way keep their commit by their hashes") {
  for (const bool with_listing : {true, false}) {
    const Lab lab;
    lab.note("config.json", lab.content("{}", HashKind::git_sha1), commit, "1.0");
    lab.note("model.bin", lab.content("weights", HashKind::sha256), commit, "1.0");
    if (with_listing) lab.list();
    auto source = lab.source();
    CHECK(source.select(repo, "").commit.empty());
    const Snapshot snapshot = named(source);
    CHECK(snapshot.commit == commit);
    CHECK(snapshot.lists_all == with_listing);
    CHECK(snapshot.findings.empty());
  }
}

TEST_CASE("another size than the listing's is a change, whatever the time") {
  const Lab lab;
  lab.note_all();
  lab.list();
  lab.temp.write("model.bin", "weights!");
  auto source = lab.source();
  const Snapshot snapshot = named(source);
  CHECK(snapshot.find("model.bin")->content == lab.content("weights!", HashKind::sha256));
  CHECK(snapshot.commit != commit);
}

TEST_CASE("a listing decides between notes of two commits") {
  const Lab lab;
  lab.note_all();
  lab.note("config.json", lab.content("{}", HashKind::git_sha1), std::string(40, '2'));
  lab.list();
  lab.record();
  auto source = lab.source();
  CHECK(source.snapshot(repo, "").commit == commit);
}

TEST_CASE("a file that the listing names and that is not here is lacking") {
  const Lab lab;
  lab.note_all();
  lab.list();
  const TempDir& temp = lab.temp;
  temp.open().remove_file("model.bin");
  auto source = lab.source();
  const Snapshot snapshot = named(source);
  CHECK(snapshot.commit == commit);
  REQUIRE(snapshot.find("model.bin") != nullptr);
  CHECK(source.lacks(repo, *snapshot.find("model.bin")));
  CHECK_FALSE(source.lacks(repo, *snapshot.find("config.json")));
}

TEST_CASE("links and devices are not taken, and said to lack") {
  const Lab lab;
  lab.temp.link("model.bin", "alias.bin");
  lab.temp.link("/etc/passwd", "outside");
  lab.temp.fifo("fifo");
  auto source = lab.source();
  const Snapshot snapshot = named(source);
  for (const char* path : {"alias.bin", "outside", "fifo"}) {
    const Entry* entry = snapshot.find(path);
    REQUIRE(entry != nullptr);
    CHECK(source.lacks(repo, *entry));
    CHECK(thrown_by([&] { return source.open(repo, *entry).size; }).cause == Cause::refused);
  }
  CHECK_FALSE(snapshot.lists_all);
}

TEST_CASE("a pointer that was never replaced by its content tells it and is lacking") {
  const Lab lab;
  const Digest oid = lab.content("weights", HashKind::sha256);
  auto whole = lab.source();
  const std::string wanted = named(whole).commit;
  lab.temp.write("model.bin", canonical_pointer(oid, 7));
  auto source = lab.source();
  const Snapshot snapshot = named(source);
  CHECK(snapshot.commit == wanted);
  CHECK(snapshot.find("model.bin")->content == oid);
  CHECK(source.lacks(repo, *snapshot.find("model.bin")).value_or("").find("pointer_text") !=
        std::string::npos);
}

TEST_CASE("the commit that the user names is taken, with a listing only where that agrees") {
  const Lab lab;
  PlainDirOptions options{repo};
  options.commit = commit;
  auto source = lab.source(options);
  CHECK(source.select(repo, "").commit == commit);
  const Snapshot snapshot = named(source);
  CHECK(snapshot.commit == commit);
  CHECK_FALSE(snapshot.lists_all);
  lab.list();
  auto listed = lab.source(options);
  CHECK(named(listed).lists_all);
}

TEST_CASE("a manifest tells which files are large, and is checked") {
  const Lab lab;
  PlainDirOptions options{repo};
  options.manifest = lab.temp.path("sums");
  lab.temp.write("sums", lab.content("{}", HashKind::sha256).hex() + "  config.json\n");
  {
    auto source = lab.source(options);
    const Snapshot snapshot = named(source);
    CHECK(snapshot.find("sums") == nullptr);
    CHECK(snapshot.find("config.json")->content->kind() == HashKind::sha256);
  }
  // One that has every file does not tell large ones from others.
  lab.temp.write("sums", lab.content("{}", HashKind::sha256).hex() + "  config.json\n" +
                             lab.content("weights", HashKind::sha256).hex() + "  model.bin\n");
  {
    auto source = lab.source(options);
    const Snapshot snapshot = named(source);
    CHECK(snapshot.find("config.json")->content->kind() == HashKind::git_sha1);
    for (const Entry& entry : snapshot.entries) CHECK_FALSE(source.lacks(repo, entry));
  }
  lab.temp.write("sums", lab.content("other", HashKind::sha256).hex() + "  config.json\n" +
                             lab.content("x", HashKind::sha256).hex() + "  absent.bin\n");
  auto source = lab.source(options);
  const Snapshot snapshot = named(source);
  REQUIRE(snapshot.find("absent.bin") != nullptr);
  CHECK(source.lacks(repo, *snapshot.find("absent.bin")));
  CHECK(source.lacks(repo, *snapshot.find("config.json")).value_or("").find("manifest") != std::string::npos);
  CHECK(has(snapshot, FindingCode::blob_corrupt));
  CHECK_FALSE(source.lacks(repo, *snapshot.find("model.bin")));
}

TEST_CASE("an unreadable record is told and ignored") {
  const Lab lab;
  lab.temp.write(beside + "modelcache.json", "{}");
  lab.temp.write(beside + "trees/" + commit + ".json", "{}");
  lab.note_all();
  auto source = lab.source();
  const Snapshot snapshot = named(source);
  CHECK(has(snapshot, FindingCode::index_unreadable));
  CHECK(has(snapshot, FindingCode::tree_unreadable));
  CHECK(snapshot.commit == commit);
}

TEST_CASE("what was moved elsewhere is removed with its notes, and what was not stays") {
  const Lab lab;
  lab.temp.write("a/b/copy.bin", "weights");
  lab.note_all();
  auto source = lab.source();
  const Snapshot snapshot = named(source);
  CHECK(source.remove(repo, {{*snapshot.find("model.bin")}, {}}).bytes > 0);
  CHECK(lab.temp.exists("config.json"));
  CHECK_FALSE(lab.temp.exists("model.bin"));
  CHECK_FALSE(lab.temp.exists("a"));
  CHECK_FALSE(lab.temp.exists(beside + "download/model.bin.metadata"));
  CHECK(lab.temp.exists(beside + "download/config.json.metadata"));

  auto again = lab.source();
  const Snapshot rest = named(again);
  lab.temp.write("config.json", "changed");
  CHECK(again.remove(repo, {{*rest.find("config.json")}, {}}).bytes == 0);
  CHECK(lab.temp.exists("config.json"));
}
