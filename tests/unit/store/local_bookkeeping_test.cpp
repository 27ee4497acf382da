// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/local_bookkeeping.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string beside = ".cache/huggingface/";
const std::string commit(40, '1');
constexpr auto now = AtomicFile::NameSync::now;

RelPath path(std::string_view text) {
  return RelPath::parse(text).value();
}

}  // namespace

TEST_CASE("what is written beside the files is what the client writes, and reads back") {
  const TempDir temp;
  const Dir dir = temp.open();
  const LocalBookkeeping notes(dir);
  const Dir staging = dir.make_dirs(LocalBookkeeping::staging_path);
  CHECK_FALSE(notes.has_marks());
  notes.write_marks(staging, now);
  CHECK(notes.has_marks());
  CHECK(temp.read(beside + ".gitignore") == "*");
  CHECK(temp.read(beside + "CACHEDIR.TAG").starts_with("Signature: 8a477f597d28d172789f06886806bc55\n#"));

  const LocalMetadata metadata{commit, std::string(64, 'a'), 12.5};
  notes.write_metadata(staging, path("a/b.bin"), metadata, now);
  CHECK(temp.read(beside + "download/a/b.bin.metadata") == commit + "\n" + std::string(64, 'a') + "\n12.5\n");
  CHECK(notes.metadata(path("a/b.bin")) == metadata);

  const TreeListing listing{
      {{path("a/b.bin"), 3, Digest::parse(HashKind::git_sha1, commit).value(), {}, {}, ""}}};
  notes.write_listing(staging, commit, listing, now);
  CHECK(temp.read(beside + "trees/" + commit + ".json") == write_tree_listing(listing));
  CHECK(notes.listing(commit).listing == listing);

  const DirectoryRecord record{RepoId::parse(RepoType::model, "org/name"), commit, {"main"}, {}, {}};
  notes.write_record(staging, record, now);
  CHECK(notes.record().record == record);
  CHECK(temp.names(beside + "modelcache.tmp").empty());

  notes.forget(path("a/b.bin"));
  notes.forget(path("a/b.bin"));
  CHECK_FALSE(notes.metadata(path("a/b.bin")));
  temp.write("kept", "");
  notes.remove();
  CHECK(temp.names() == std::vector<std::string>{"kept"});
}

TEST_CASE("what is malformed is as good as absent, and a reason is told where one helps") {
  const TempDir temp;
  const Dir dir = temp.open();
  const LocalBookkeeping notes(dir);
  CHECK_FALSE(notes.record().record);
  CHECK(notes.record().reason.empty());
  CHECK(notes.listing(commit).reason.empty());
  CHECK_FALSE(notes.listing("../x").listing);
  temp.write(beside + "modelcache.json", "{}");
  temp.write(beside + "trees/" + commit + ".json", "[]");
  temp.write(beside + "download/a.metadata", "x\ny\n");
  temp.make_dir(beside + "download/b.metadata");
  temp.write("outside", commit + "\n" + commit + "\n1\n");
  temp.link("../../../outside", beside + "download/c.metadata");
  CHECK_FALSE(notes.record().reason.empty());
  CHECK_FALSE(notes.listing(commit).reason.empty());
  for (const char* name : {"a", "b", "c", "a/b"}) CHECK_FALSE(notes.metadata(path(name)));
}

TEST_CASE("a link in place of the bookkeeping leads nowhere") {
  const TempDir temp;
  const TempDir other;
  other.write("huggingface/modelcache.json", "{}");
  temp.link(other.path(), ".cache");
  const Dir dir = temp.open();
  const LocalBookkeeping notes(dir);
  CHECK_FALSE(notes.record().record);
  CHECK_FALSE(notes.record().reason.empty());
  CHECK_FALSE(notes.metadata(path("a")));
  CHECK(thrown_by([&] {
          notes.write_marks(dir, now);
          return 0;
        }).cause == Cause::refused);
}

TEST_CASE("a name that is too long for a metadata file has none") {
  const TempDir temp;
  const Dir dir = temp.open();
  const LocalBookkeeping notes(dir);
  const RelPath longest = path(std::string(255, 'n'));
  notes.write_metadata(dir, longest, {commit, commit, 1}, now);
  CHECK(temp.names().empty());
  CHECK_FALSE(notes.metadata(longest));
  notes.forget(longest);
}
