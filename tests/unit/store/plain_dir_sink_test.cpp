// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/plain_dir_sink.hpp"

#include "modelcache/store/local_bookkeeping.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace modelcache;
using namespace modelcache::test;
using namespace std::chrono_literals;

namespace {

using Strings = std::vector<std::string>;

const std::string commit(40, '1');
const RepoId repo = RepoId::parse(RepoType::model, "org/name");

Entry entry(std::string_view path, std::string_view bytes, FileMode mode = FileMode::regular) {
  const Digest oid = hash_bytes(HashKind::git_sha1, bytes);
  return {RelPath::parse(path).value(), bytes.size(), oid, oid, {}, mode};
}

Publication whole(std::vector<Entry> entries) {
  std::vector<bool> present(entries.size(), true);
  return {{repo, commit, {"main"}, std::move(entries), true, {}}, std::move(present)};
}

PutResult put(Sink& sink, const Entry& one, const std::string& bytes, const PutOptions& options = {}) {
  return sink.put(repo, one, {bytes, bytes.size(), "memory", Content::Origin::store}, options);
}

PutOptions replacing() {
  PutOptions options;
  options.different = PutOptions::Different::replaced;
  return options;
}

}  // namespace

TEST_CASE("a new directory has its name when it is whole, with modes and notes") {
  const TempDir temp;
  const Publication publication = whole({entry("a/b", "{}"), entry("run.sh", "x", FileMode::executable)});
  const Umask umask(022);
  PlainDirSink sink(temp.path("model"), {});
  sink.prepare(repo, 0ms);
  put(sink, publication.snapshot.entries[0], "{}");
  put(sink, publication.snapshot.entries[1], "x");
  CHECK_FALSE(temp.exists("model"));
  CHECK(sink.publish(publication).empty());
  CHECK(temp.names() == Strings{"model"});
  CHECK(temp.names("model") == Strings{".cache", "a", "run.sh"});
  CHECK(temp.read("model/a/b") == "{}");
  CHECK(temp.mode("model/run.sh") == 0755);
  CHECK(temp.mode("model/a/b") == 0644);
  const Dir dir = Dir::open_root(temp.path("model"));
  const LocalBookkeeping notes(dir);
  REQUIRE(notes.metadata(publication.snapshot.entries[0].path));
  CHECK(notes.metadata(publication.snapshot.entries[0].path)->commit == commit);
  CHECK(notes.listing(commit).listing);
  REQUIRE(notes.record().record);
  CHECK(notes.record().record->modes.size() == 1);
  CHECK(notes.has_marks());
  CHECK(sink.is_published(publication));
}

TEST_CASE("what a run before left is used where it is right, and goes where it is not wanted") {
  const TempDir temp;
  const std::string staging = ".model.modelcache-incomplete/";
  temp.write(staging + "kept", "kept");
  temp.write(staging + "broken", "bro");
  temp.write(staging + "deep/er/stray", "stray");
  temp.write(staging + "kept.01234567.incomplete", "part");
  temp.write(staging + ".cache/huggingface/download/broken.metadata", "lies");
  const auto inode = temp.status(staging + "kept").st_ino;
  const Publication publication = whole({entry("broken", "broken"), entry("kept", "kept")});
  PlainDirSink sink(temp.path("model"), {});
  sink.prepare(repo, 0ms);
  CHECK_FALSE(temp.exists(staging + "kept.01234567.incomplete"));
  CHECK(put(sink, publication.snapshot.entries[0], "broken").written);
  CHECK_FALSE(put(sink, publication.snapshot.entries[1], "kept").written);
  sink.publish(publication);
  CHECK(temp.names("model") == Strings{".cache", "broken", "kept"});
  CHECK(temp.read("model/broken") == "broken");
  CHECK(temp.status("model/kept").st_ino == inode);
}

TEST_CASE("a new directory of which a content was refused leaves nothing") {
  const TempDir temp;
  {
    PlainDirSink sink(temp.path("model"), {});
    sink.prepare(repo, 0ms);
    put(sink, entry("good", "good"), "good");
    CHECK(thrown_by([&] { return put(sink, entry("bad", "bad"), "BAD").written; }).cause == Cause::refused);
  }
  CHECK(temp.names().empty());
}

TEST_CASE("in a directory that is there an equal file stays, and another one unless it is to be replaced") {
  const TempDir temp;
  temp.write("model/equal", "equal");
  temp.write("model/other", "mine");
  temp.write("model/unrelated", "mine");
  temp.make_dir("model/directory");
  temp.write("model/file", "mine");
  const auto inode = temp.status("model/equal").st_ino;
  const Entry equal = entry("equal", "equal");
  const Entry other = entry("other", "theirs");
  PlainDirSink sink(temp.path("model"), {});
  CHECK(sink.holds(repo, equal, {}));
  CHECK_FALSE(sink.holds(repo, other, {}));
  CHECK(sink.is_blocked(repo, other, {}));
  CHECK_FALSE(sink.is_blocked(repo, other, replacing()));
  CHECK_FALSE(sink.is_blocked(repo, entry("new", "x"), {}));
  for (const char* path : {"directory", "file/below"})
    CHECK(sink.is_blocked(repo, entry(path, "x"), replacing()));

  CHECK_FALSE(sink.holds(repo, other, replacing()));
  sink.prepare(repo, 0ms);
  CHECK(put(sink, other, "theirs", replacing()).written);
  CHECK(temp.read("model/other") == "mine");
  sink.publish(whole({equal, other}));
  CHECK(temp.read("model/other") == "theirs");
  CHECK(temp.read("model/unrelated") == "mine");
  CHECK(temp.status("model/equal").st_ino == inode);
  CHECK(temp.names("model/.cache/huggingface") ==
        Strings{".gitignore", "CACHEDIR.TAG", "download", "modelcache.json", "trees"});
}

TEST_CASE("a file that came meanwhile is not replaced") {
  const TempDir temp;
  temp.make_dir("model");
  const Entry one = entry("one", "theirs");
  PlainDirSink sink(temp.path("model"), {});
  sink.prepare(repo, 0ms);
  put(sink, one, "theirs");
  temp.write("model/one", "mine");
  CHECK(thrown_by([&] { return sink.publish(whole({one})); }).cause == Cause::refused);
  CHECK(temp.read("model/one") == "mine");
}

TEST_CASE("a file is believed by its note only while it is older than that") {
  const TempDir temp;
  const Entry one = entry("one", "right");
  const std::string note = "model/.cache/huggingface/download/one.metadata";
  temp.write("model/one", "wrong");
  temp.write(note, commit + "\n" + one.content->hex() + "\n1.0\n");
  PlainDirSink sink(temp.path("model"), {});
  CHECK_FALSE(sink.holds(repo, one, {}));
  temp.write(note, commit + "\n" + one.content->hex() + "\n4000000000.0\n");
  CHECK(sink.holds(repo, one, {}));
  CHECK_FALSE(sink.proves(repo, one));
}

TEST_CASE("names that git or the clients would take for their own are refused") {
  const TempDir temp;
  PlainDirSink sink(temp.path("model"), {});
  for (const char* path : {".git/config", "sub/.GIT/hooks/x", ".cache/huggingface/modelcache.json"}) {
    const Thrown thrown = thrown_by([&] { return sink.holds(repo, entry(path, "x"), {}); });
    CHECK(thrown.cause == Cause::refused);
    CHECK(thrown.message.find("--exclude") != std::string::npos);
  }
}

TEST_CASE("a directory shows one revision of one repo") {
  const TempDir temp;
  const Publication first = whole({entry("one", "x")});
  {
    PlainDirSink sink(temp.path("model"), {});
    CHECK_FALSE(sink.is_published(first));
    Publication second = first;
    second.snapshot.commit = std::string(40, '2');
    CHECK(thrown_by([&] { return sink.is_published(second); }).cause == Cause::usage);
    sink.prepare(repo, 0ms);
    put(sink, first.snapshot.entries[0], "x");
    sink.publish(first);
  }
  Publication other = first;
  other.snapshot.repo = RepoId::parse(RepoType::model, "org/other");
  PlainDirSink sink(temp.path("model"), {});
  sink.holds(other.snapshot.repo, other.snapshot.entries[0], {});
  const Thrown thrown = thrown_by([&] { return sink.is_published(other); });
  CHECK(thrown.cause == Cause::refused);
  CHECK(thrown.message.find("model/org/name") != std::string::npos);
  sink.holds(other.snapshot.repo, other.snapshot.entries[0], replacing());
  CHECK_FALSE(sink.is_published(other));
}

TEST_CASE("without metadata the files come alone, and checksums beside them where they are asked for") {
  const TempDir temp;
  const Publication publication = whole({entry("a b", "{}"), entry("c", "c")});
  PlainDirSink sink(temp.path("model"), {ForeignRoot::refused, Metadata::left_out, Checksums::written});
  CHECK(sink.notes(publication).size() == 1);
  sink.prepare(repo, 0ms);
  put(sink, publication.snapshot.entries[0], "{}");
  put(sink, publication.snapshot.entries[1], "c");
  CHECK(sink.publish(publication).empty());
  CHECK(temp.names("model") == Strings{"SHA256SUMS", "a b", "c"});
  CHECK(temp.read("model/SHA256SUMS") == hash_bytes(HashKind::sha256, "{}").hex() + "  a b\n" +
                                             hash_bytes(HashKind::sha256, "c").hex() + "  c\n");
  CHECK(sink.is_published(publication));
  const Publication own = whole({entry("SHA256SUMS", "x")});
  PlainDirSink refusing(temp.path("other"), {ForeignRoot::refused, Metadata::written, Checksums::written});
  CHECK(thrown_by([&] { return refusing.is_published(own); }).cause == Cause::refused);
}

TEST_CASE("checksums that are not ours are kept and told") {
  const TempDir temp;
  temp.write("model/SHA256SUMS", "mine");
  const Publication publication = whole({entry("c", "c")});
  PlainDirSink sink(temp.path("model"), {ForeignRoot::refused, Metadata::written, Checksums::written});
  sink.prepare(repo, 0ms);
  put(sink, publication.snapshot.entries[0], "c");
  const auto findings = sink.publish(publication);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == Severity::error);
  CHECK(temp.read("model/SHA256SUMS") == "mine");
  CHECK_FALSE(sink.is_published(publication));
}

TEST_CASE("a directory that is a link is the one it leads to; a file is none") {
  const TempDir temp;
  temp.make_dir("real");
  temp.link("real", "alias");
  const PlainDirSink sink(temp.path("alias"), {});
  CHECK(sink.path_of({repo, commit, {}, {}, false, {}}) == temp.path("real"));
  temp.write("file", "x");
  CHECK(thrown_by([&] {
          PlainDirSink(temp.path("file"), {});
          return 0;
        }).cause == Cause::usage);
  CHECK(thrown_by([&] {
          PlainDirSink("/", {});
          return 0;
        }).cause == Cause::usage);
}

TEST_CASE("the root of all is no directory for a model") {
  CHECK(thrown_by([] { PlainDirSink("/", {}); }).cause == Cause::usage);
}
