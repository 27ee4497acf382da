// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/clone_sink.hpp"

#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/store/clone_tree.hpp"
#include "modelcache/store/clone_worktree.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace modelcache;
using namespace modelcache::test;
using namespace std::chrono_literals;

namespace {

const RepoId repo = RepoId::parse(RepoType::dataset, "org/data");
const std::string commit_id(40, 'c');

RelPath path(const std::string& text) {
  return RelPath::parse(text).value();
}

Entry regular(const std::string& name, const std::string& bytes, FileMode mode = FileMode::regular) {
  const Digest oid = hash_bytes(HashKind::git_sha1, bytes);
  return {path(name), bytes.size(), oid, oid, {}, mode};
}

Entry large(const std::string& name, const std::string& bytes) {
  return {path(name), bytes.size(), hash_bytes(HashKind::sha256, bytes), {}, {}};
}

Publication publication(std::vector<Entry> entries, std::vector<bool> present = {}) {
  if (present.empty()) present.assign(entries.size(), true);
  return {{repo, commit_id, {"main"}, std::move(entries), true, {}}, std::move(present)};
}

std::string read(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool has_note(const std::vector<std::string>& notes, const std::string& part) {
  return std::any_of(notes.begin(), notes.end(),
                     [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

struct Made {
  Made(const TempDir& dir, const CloneOptions& options)
      : place(dir.path() + "/made"), sink(place, options, ForeignRoot::refused) {}

  std::vector<Finding> make(const Publication& what, const std::vector<std::string>& contents) {
    sink.prepare(repo, 0ms);
    for (std::size_t i = 0; i < contents.size(); ++i)
      if (what.present[i])
        sink.put(repo, what.snapshot.entries[i],
                 {contents[i], contents[i].size(), "test", Content::Origin::store}, {});
    return sink.publish(what);
  }

  std::string place;
  CloneSink sink;
};

}  // namespace

TEST_CASE("a tree has pointers for large files and leaves out what it cannot have") {
  Publication what = publication(
      {regular("a", "x"), large("b", "large"), regular("c", "absent"), large("d", "far"), large("e", "")},
      {true, true, false, false, true});
  const CloneTree tree = clone_tree(what);
  REQUIRE(tree.files.size() == 4);
  CHECK(tree.files[0].pointer.empty());
  CHECK(tree.files[1].pointer == canonical_pointer(*what.snapshot.entries[1].content, 5));
  CHECK(tree.files[1].has_content);
  CHECK_FALSE(tree.files[2].has_content);
  CHECK(tree.files[3].oid.hex() == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  REQUIRE(tree.left_out.size() == 1);
  CHECK(tree.left_out.front()->path.bytes() == "c");
}

TEST_CASE("a large file of unknown size, or of none that a pointer can tell, has no pointer") {
  Entry unknown = large("a", "bytes");
  unknown.size = 0;
  Entry endless = large("b", "bytes");
  endless.size = std::uint64_t{1} << 63;
  Publication what = publication({unknown, endless, {path("c"), 3, {}, {}, {}}}, {false, false, false});
  CHECK(clone_tree(what).files.empty());
  CHECK(clone_tree(what).left_out.size() == 3);
}

TEST_CASE("a commit is the snapshot's own only with the same tree and the same id") {
  Publication what = publication({regular("a", "x")});
  const CloneTree tree = clone_tree(what);
  const auto object = [](const Digest& id) {
    return "tree " + id.hex() + "\nparent " + std::string(40, '1') +
           "\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n";
  };
  CHECK_FALSE(clone_commit(what.snapshot, tree).is_exact);
  what.snapshot.commit_object = object(tree.id);
  CHECK_FALSE(clone_commit(what.snapshot, tree).is_exact);
  what.snapshot.commit = hash_git_object("commit", what.snapshot.commit_object).hex();
  const CloneCommit exact = clone_commit(what.snapshot, tree);
  CHECK(exact.is_exact);
  CHECK(exact.has_parents);
  CHECK(exact.id == what.snapshot.commit);
  what.snapshot.commit_object = object(*what.snapshot.entries[0].content);
  what.snapshot.commit = hash_git_object("commit", what.snapshot.commit_object).hex();
  CHECK_FALSE(clone_commit(what.snapshot, tree).is_exact);
}

TEST_CASE("links stay in the worktree and out of .git, whatever they lead through") {
  for (const char* text :
       {"a", "./a", "dir/b", "a//b", "a/", "../a", "../", "..", "..git", "../.gitignore"}) {
    CAPTURE(text);
    CHECK(is_safe_link(path("dir/link"), text));
  }
  for (const char* text : {"", "/", "/etc/passwd", "../..", "../../a", "a/../b", "../a/../../b",
                           ".git/config", "../.GIT/hooks", "a/.git", "git~1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_safe_link(path("dir/link"), text));
  }
  CHECK_FALSE(is_safe_link(path("link"), "../a"));
  CHECK_FALSE(is_safe_link(path("link"), std::string("a\0b", 3)));
  CHECK_FALSE(is_safe_link(path("link"), std::string(5000, 'a')));
}

TEST_CASE("a link that is not safe is told and not made") {
  const TempDir dir;
  Made made(dir, {});
  const auto findings = made.make(
      publication({regular("in", "target", FileMode::link), regular("out", "/etc/passwd", FileMode::link)}),
      {"target", "/etc/passwd"});
  REQUIRE(findings.size() == 1);
  CHECK(findings.front().code == FindingCode::link_escapes);
  CHECK(findings.front().severity == Severity::warning);
  CHECK(dir.exists("made/in"));
  CHECK_FALSE(dir.exists("made/out"));
}

TEST_CASE(
    "names that git takes for its own, and refs that it cannot have together, are refused before anything is "
    "made") {
  const TempDir dir;
  Made made(dir, {});
  for (const char* name : {".git", "a/.Git/hooks/x", "git~1"}) {
    CAPTURE(name);
    CHECK(thrown_by([&] { return made.sink.notes(publication({regular(name, "x")})); }).cause ==
          Cause::refused);
  }
  CHECK(thrown_by([&] {
          return made.sink.notes(publication({regular(".gitmodules", "x", FileMode::link)}));
        }).cause == Cause::refused);
  Publication refs = publication({regular("a", "x")});
  refs.snapshot.refs = {"a", "a/b"};
  CHECK(thrown_by([&] { return made.sink.notes(refs); }).cause == Cause::refused);
  CHECK_FALSE(dir.exists("made"));
}

TEST_CASE("notes tell what the clone will not be") {
  const TempDir dir;
  CloneOptions options;
  options.put.link = PutOptions::Link::hardlink;
  Made made(dir, options);
  Publication what = publication({regular("a", "x"), large("b", "large")}, {true, false});
  what.snapshot.entries[1].git_oid = what.snapshot.entries[0].content;
  what.snapshot.lists_all = false;
  const auto notes = made.sink.notes(what);
  CHECK(has_note(notes, "one commit without history"));
  CHECK(has_note(notes, "fetch --depth 1 origin " + commit_id));
  CHECK(has_note(notes, "another form of the LFS pointer of b"));
  CHECK(has_note(notes, "whether these are all files"));
  CHECK(has_note(notes, "which files are executable"));
  CHECK(has_note(notes, "only the LFS pointer of b"));
  const CloneTree tree = clone_tree(what);
  what.snapshot.commit_object =
      "tree " + tree.id.hex() + "\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n";
  what.snapshot.commit = hash_git_object("commit", what.snapshot.commit_object).hex();
  what.snapshot.lists_all = true;
  what.snapshot.entries[1].git_oid.reset();
  what.present[1] = true;
  const auto exact = made.sink.notes(what);
  CHECK(exact.size() == 1);
  CHECK(has_note(exact, "share their bytes with the cache"));
}

TEST_CASE("the configuration runs nothing, names the hub, and has what was asked for") {
  const TempDir dir;
  Made made(dir, {});
  made.make(publication({regular("a", "x")}), {"x"});
  const std::string config = read(made.place + "/.git/config");
  CHECK(config.find("url = \"https://huggingface.co/datasets/org/data\"") != std::string::npos);
  CHECK(config.find("[branch \"main\"]") != std::string::npos);
  for (const char* part : {"filter", "include", "hooksPath", "fsmonitor"})
    CHECK(config.find(part) == std::string::npos);
  CHECK(read(made.place + "/.git/HEAD") == "ref: refs/heads/main\n");
  CHECK_FALSE(dir.exists("made/.git/hooks"));
  CHECK_FALSE(dir.exists("made/.git/refs/remotes"));
}

TEST_CASE("a url cannot end its line, and a ref that is no branch leaves none") {
  const TempDir dir;
  CloneOptions options;
  options.remote = "a\"\n[core]\n\thooksPath = /x";
  options.branch = "refs/pr/1";
  Made made(dir, options);
  Publication what = publication({regular("a", "x")});
  what.snapshot.refs = {"main", "refs/pr/1"};
  made.make(what, {"x"});
  const std::string config = read(made.place + "/.git/config");
  CHECK(config.find("\n\thooksPath") == std::string::npos);
  CHECK(config.find("[branch") == std::string::npos);
  CHECK(read(made.place + "/.git/HEAD").size() == 41);
}

TEST_CASE("large files that no .gitattributes names are named beside the clone") {
  const TempDir dir;
  Made made(dir, {});
  const std::string rules = "*.bin filter=lfs diff=lfs merge=lfs -text\n";
  made.make(publication({regular(".gitattributes", rules), large("a.bin", "large"), large("b.dat", "other")}),
            {rules, "large", "other"});
  CHECK(read(made.place + "/.git/info/attributes") == "/b.dat filter=lfs diff=lfs merge=lfs -text\n");
}

TEST_CASE("what the worktree takes is foreseen") {
  const TempDir dir;
  const Publication what =
      publication({regular("a", std::string(1000, 'a')), large("b", std::string(100'000, 'b'))});
  CloneOptions options;
  options.put.link = PutOptions::Link::copy;
  const std::uint64_t whole =
      CloneSink(dir.path() + "/made", options, ForeignRoot::refused).extra_bytes(what);
  CHECK(whole >= 101'000);
  CHECK(whole < 103'000);
  options.files = CloneFiles::pointers;
  CHECK(CloneSink(dir.path() + "/made", options, ForeignRoot::refused).extra_bytes(what) < 3'000);
  options.files = CloneFiles::none;
  CHECK(CloneSink(dir.path() + "/made", options, ForeignRoot::refused).extra_bytes(what) < 1'000);
}

TEST_CASE("a run that ends early leaves nothing, and a file that came meanwhile stays") {
  const TempDir dir;
  {
    Made made(dir, {});
    made.sink.prepare(repo, 0ms);
    made.sink.put(repo, large("b", "large"), {std::string("large"), 5, "test", Content::Origin::store}, {});
    CHECK(dir.exists(".made.modelcache-incomplete"));
  }
  CHECK_FALSE(dir.exists(".made.modelcache-incomplete"));
  Made made(dir, {});
  dir.write("made", "mine");
  CHECK(thrown_by([&] { return made.make(publication({regular("a", "x")}), {"x"}); }).cause ==
        Cause::refused);
  CHECK(read(made.place) == "mine");
}

TEST_CASE("a regular file of any size is proved while it streams, and what is refused leaves no trace") {
  const TempDir dir;
  std::string bytes(3'000'000, 'a');
  for (std::size_t i = 0; i < bytes.size(); i += 3) bytes[i] = static_cast<char>(i / 7);
  dir.write("good", bytes);
  std::string flipped = bytes;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  dir.write("bad", flipped);
  Made made(dir, {});
  const Publication what = publication({regular("a", bytes), regular("b", "after")});
  made.sink.prepare(repo, 0ms);
  const auto put = [&](const char* name) {
    return made.sink
        .put(repo, what.snapshot.entries[0],
             {dir.open().open_file(name), bytes.size(), name, Content::Origin::store}, {})
        .written;
  };
  CHECK(thrown_by([&] { return put("bad"); }).cause == Cause::refused);
  CHECK_FALSE(made.sink.holds(repo, what.snapshot.entries[0], {}));
  CHECK(put("good"));
  CHECK(made.sink.proves(repo, what.snapshot.entries[0]));
  made.sink.put(repo, what.snapshot.entries[1], {std::string("after"), 5, "b", Content::Origin::store}, {});
  made.sink.publish(what);
  CHECK(read(made.place + "/a") == bytes);
  CHECK(read(made.place + "/b") == "after");
}
