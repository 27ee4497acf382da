// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_snapshot_writer.hpp"

#include "modelcache/format/tree_listing.hpp"

#include "hf_sink_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string listing_path = in_demo("trees/" + commit_1 + ".json");

bool is_published(const CacheBuilder& cache, const Publication& publication) {
  return HfSink(cache.root(), ForeignRoot::refused).is_published(publication);
}

std::vector<Finding> publish(const CacheBuilder& cache, const Publication& publication) {
  HfSink sink(cache.root(), ForeignRoot::refused);
  sink.prepare(demo_id, std::chrono::milliseconds(0));
  return sink.publish(publication);
}

}  // namespace

TEST_CASE("what is published is seen as done, and publishing again writes nothing") {
  const CacheBuilder cache;
  const Revision revision;
  CHECK_FALSE(is_published(cache, revision.publication()));
  revision.write(cache);
  CHECK(is_published(cache, revision.publication()));
  const Strings before = cache.contents();
  CHECK(revision.write(cache).empty());
  CHECK(cache.contents() == before);
}

TEST_CASE("each thing that is lacking is work to do, and is done") {
  const CacheBuilder cache;
  const Revision revision;
  revision.write(cache);
  const auto lacking = GENERATE_COPY(
      as<std::string>(), in_snapshot("config.json"), in_snapshot("sub/dir/a file.txt"), in_snapshot("sub"),
      listing_path, in_demo("refs/main"), in_demo("trees"), in_demo("refs"), in_demo("snapshots"));
  std::filesystem::remove_all(cache.dir().path(lacking));
  CHECK_FALSE(is_published(cache, revision.publication()));
  CHECK(publish(cache, revision.publication()).empty());
  CHECK(is_published(cache, revision.publication()));
  CHECK(cache.dir().exists(lacking));
}

TEST_CASE("links are made for the entries that are present, and the listing names all of them") {
  const CacheBuilder cache;
  Publication publication = Revision().publication();
  publication.present = {true, false, false};
  HfSink sink(cache.root(), ForeignRoot::refused);
  sink.prepare(demo_id, std::chrono::milliseconds(0));
  sink.put(demo_id, publication.snapshot.entries[0], bytes_content("{}"), {});
  sink.publish(publication);
  CHECK(cache.dir().names(in_snapshot("")) == Strings{"config.json"});
  const auto parsed = parse_tree_listing(cache.dir().read(listing_path));
  REQUIRE(parsed.listing);
  CHECK(parsed.listing->files.size() == 3);
  CHECK(take_stock(cache.root()).repo().revisions.at(0).complete == false);
}

TEST_CASE("no listing is written that could not name all files") {
  const CacheBuilder cache;
  Publication publication = Revision().publication();
  SECTION("some are unknown") {
    publication.snapshot.lists_all = false;
  }
  SECTION("the id of one is unknown") {
    publication.snapshot.entries[1].git_oid.reset();
  }
  SECTION("the name of one is no text") {
    publication.snapshot.entries[1].path = RelPath::parse("m\xff").value();
  }
  publish(cache, publication);
  CHECK_FALSE(cache.dir().exists(in_demo("trees")));
  CHECK(cache.dir().read(in_demo("refs/main")) == commit_1);
  CHECK(is_published(cache, publication));
}

TEST_CASE("a client's listing that agrees is kept byte for byte, any other is replaced") {
  const CacheBuilder cache;
  const Revision revision;
  revision.write(cache);
  const std::string ours = cache.dir().read(listing_path);
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = ours;
    return text.replace(text.find(from), from.size(), to);
  };
  std::string compact = ours;
  compact.erase(std::remove(compact.begin(), compact.end(), '\n'), compact.end());
  const std::string xet =
      with("\"lfs_size\": 5000", "\"lfs_size\": 5000, \"xet_hash\": \"" + std::string(64, 'c') + "\"");
  for (const std::string& kept : {compact, xet}) {
    cache.dir().write(listing_path, kept);
    CHECK(is_published(cache, revision.publication()));
    publish(cache, revision.publication());
    CHECK(cache.dir().read(listing_path) == kept);
  }
  for (const std::string& other :
       {std::string(), std::string("[]"), with("\"format_version\": 1", "\"format_version\": 2"),
        with("config.json", "config.jsom"), with("\"size\": 2,", "\"size\": 3,"), ours + "x"}) {
    cache.dir().write(listing_path, other);
    CHECK_FALSE(is_published(cache, revision.publication()));
    publish(cache, revision.publication());
    CHECK(cache.dir().read(listing_path) == ours);
  }
}

TEST_CASE("a client's links, plain files and hard links are kept") {
  const CacheBuilder cache;
  const Revision revision;
  const RepoBuilder repo = cache.repo();
  repo.linked(commit_1, "config.json", "{}");
  repo.plain(commit_1, "sub/dir/a file.txt", "nested");
  cache.hard_link(repo.path("blobs/" + repo.blob(std::string(5000, 'W'), HashKind::sha256)),
                  in_snapshot("model.bin"));
  repo.plain(commit_1, "np/extra", "of another program");
  repo.ref("main", commit_1);
  repo.ref("other", commit_2);
  const auto inode = [&](std::string_view file) { return cache.dir().status(in_snapshot(file)).st_ino; };
  const std::vector before = {inode("config.json"), inode("model.bin"), inode("sub/dir/a file.txt")};
  CHECK(revision.write(cache).empty());
  CHECK(std::vector{inode("config.json"), inode("model.bin"), inode("sub/dir/a file.txt")} == before);
  CHECK(cache.dir().read(in_snapshot("np/extra")) == "of another program");
  CHECK(cache.dir().read(in_demo("refs/other")) == commit_2);
  CHECK(is_published(cache, revision.publication()));
}

TEST_CASE("links that lead elsewhere are replaced, files that differ are kept and told") {
  const CacheBuilder cache;
  const Revision revision;
  const TempDir outside;
  outside.write("target", "untouched");
  struct Row {
    std::function<void()> make;
    Strings findings;
  };
  const std::string path = "config.json";
  const std::string shown = "snapshots/" + commit_1 + "/";
  const std::vector<Row> rows = {
      {[&] { cache.dir().link("../../blobs/" + std::string(64, 'b'), in_snapshot(path)); }, {}},
      {[&] { cache.dir().link(outside.path("target"), in_snapshot(path)); }, {}},
      {[&] { cache.dir().link(path, in_snapshot(path)); }, {}},
      {[&] { cache.dir().write(in_snapshot(path), "{ }"); }, {"blob_size error " + shown + path}},
      {[&] { cache.dir().make_dir(in_snapshot(path)); }, {"stray_entry error " + shown + path}},
      {[&] { cache.dir().fifo(in_snapshot(path)); }, {"stray_entry error " + shown + path}},
      {[&] { cache.dir().write(in_snapshot("sub"), "file"); },
       {"stray_entry error " + shown + "sub/dir/a file.txt"}},
      {[&] { cache.dir().link(outside.path(), in_snapshot("sub")); },
       {"stray_entry error " + shown + "sub/dir/a file.txt"}},
  };
  const Row& row = rows[GENERATE(0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u)];
  row.make();
  CHECK(told(revision.write(cache)) == row.findings);
  CHECK(outside.names() == Strings{"target"});
  CHECK(outside.read("target") == "untouched");
  CHECK(cache.dir().read(in_snapshot("model.bin")).size() == 5000);
  if (row.findings.empty()) CHECK(cache.dir().read(in_snapshot(path)) == "{}");
  CHECK(is_published(cache, revision.publication()) == row.findings.empty());
}

TEST_CASE("an absence marker of a file that is present is dropped, the others are kept") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  repo.no_exist(commit_1, "sub/dir/a file.txt");
  repo.no_exist(commit_1, "model.bin");
  repo.no_exist(commit_1, "chat_template.jinja");
  repo.no_exist(commit_2, "config.json");
  Publication publication = Revision().publication();
  publication.present[1] = false;
  publish(cache, publication);
  CHECK_FALSE(cache.dir().exists(in_demo(".no_exist/" + commit_1 + "/sub/dir/a file.txt")));
  CHECK(cache.dir().exists(in_demo(".no_exist/" + commit_1 + "/model.bin")));
  CHECK(cache.dir().exists(in_demo(".no_exist/" + commit_1 + "/chat_template.jinja")));
  CHECK(cache.dir().exists(in_demo(".no_exist/" + commit_2 + "/config.json")));
  CHECK(is_published(cache, publication));
  repo.no_exist(commit_1, "config.json");
  CHECK_FALSE(is_published(cache, publication));
}

TEST_CASE("markers for what shares a part of a file's path are none of it, and are kept") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  repo.no_exist(commit_1, "sub");
  repo.no_exist(commit_1, "config.json/x");
  const Revision revision;
  CHECK_FALSE(is_published(cache, revision.publication()));
  CHECK(revision.write(cache).empty());
  CHECK(cache.dir().exists(in_demo(".no_exist/" + commit_1 + "/sub")));
  CHECK(cache.dir().exists(in_demo(".no_exist/" + commit_1 + "/config.json/x")));
  CHECK(is_published(cache, revision.publication()));
}

TEST_CASE("refs are written last: not before the links, nor before the listing") {
  const CacheBuilder cache;
  const Revision revision;
  SECTION("no snapshot can be made") {
    cache.dir().write(in_demo("snapshots/" + commit_1), "file");
  }
  SECTION("no listing can be written") {
    cache.dir().write(in_demo("trees"), "file");
  }
  CHECK(thrown_by([&] { return revision.write(cache); }).cause.has_value());
  CHECK_FALSE(cache.dir().exists(in_demo("refs")));
}

TEST_CASE("refs hold exactly the commit, whatever was there, also nested ones") {
  const CacheBuilder cache;
  Revision revision;
  revision.refs = {"feature/x", "main", "refs/pr/1"};
  const auto before = GENERATE(as<std::string>(), "nothing", "", "newline",
                               "2222222222222222222222222222222222222222", "far too long");
  for (const std::string& ref : revision.refs) {
    const std::string text = before == "newline" ? commit_1 + "\n" : before;
    if (before != "nothing") cache.repo().ref(ref, before == "far too long" ? std::string(5000, '1') : text);
  }
  CHECK_FALSE(is_published(cache, revision.publication()));
  revision.write(cache);
  for (const std::string& ref : revision.refs) CHECK(cache.dir().read(in_demo("refs/" + ref)) == commit_1);
  CHECK(cache.dir().names(in_demo("refs")) == Strings{"feature", "main", "refs"});
  CHECK(is_published(cache, revision.publication()));
}

TEST_CASE("a revision without names is published without refs") {
  const CacheBuilder cache;
  Revision revision;
  revision.refs = {};
  revision.write(cache);
  CHECK_FALSE(cache.dir().exists(in_demo("refs")));
  CHECK(is_published(cache, revision.publication()));
}

TEST_CASE("a second revision shares what the first brought in") {
  const CacheBuilder cache;
  Revision().write(cache);
  Revision second;
  second.commit = commit_2;
  second.files[0].content = "{\"new\": 1}";
  second.refs = {"dev"};
  second.write(cache);
  const RepoInventory found = take_stock(cache.root()).repo();
  CHECK(found.findings.empty());
  CHECK(found.files == 4);
  CHECK(cache.dir().names(in_demo("blobs")).size() == 4);
}

TEST_CASE("the state of a link is what is at its path") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  const Entry entry = entry_of("sub/file", "content");
  const auto state = [&] {
    return link_state(cache.dir().open().open_dir(in_snapshot("").substr(0, in_snapshot("").size() - 1)),
                      entry);
  };
  cache.dir().make_dir(in_snapshot("other"));
  CHECK(state() == LinkState::absent);
  repo.linked(commit_1, "sub/file", "content");
  CHECK(state() == LinkState::right);
  std::filesystem::remove(cache.dir().path(in_snapshot("sub/file")));
  repo.plain(commit_1, "sub/file", "CONTENT");
  CHECK(state() == LinkState::equal_file);
  repo.plain(commit_1, "sub/file", "another size");
  CHECK(state() == LinkState::wrong_file);
  std::filesystem::remove(cache.dir().path(in_snapshot("sub/file")));
  cache.dir().link("../../../blobs/" + std::string(40, 'b'), in_snapshot("sub/file"));
  CHECK(state() == LinkState::wrong_link);
  std::filesystem::remove_all(cache.dir().path(in_snapshot("sub")));
  cache.dir().write(in_snapshot("sub"), "");
  CHECK(state() == LinkState::blocked);
}
