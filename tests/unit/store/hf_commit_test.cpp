// SPDX-License-Identifier: Apache-2.0
// What a cache keeps of a commit beside the tree that clients read, written by HfSink and read by HfSource.
#include "modelcache/store/hf_source.hpp"

#include "hf_sink_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string object =
    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 "
    "+0000\n\nfirst\n";
const std::string commit = hash_git_object("commit", object).hex();
const std::string object_path = in_demo(".modelcache/commits/" + commit);
const std::string modes_path = object_path + ".modes";
const std::string modes = std::string("100755 model.bin") + '\0' + "120000 sub/dir/a file.txt" + '\0';

// A revision of which everything is known.
Publication known() {
  Revision revision;
  revision.commit = commit;
  Publication publication = revision.publication();
  publication.snapshot.commit_object = object;
  publication.snapshot.entries[1].mode = FileMode::executable;
  publication.snapshot.entries[2].mode = FileMode::link;
  return publication;
}

void publish(const CacheBuilder& cache, const Publication& publication) {
  HfSink sink(cache.root(), ForeignRoot::refused);
  sink.prepare(demo_id, std::chrono::milliseconds(0));
  for (const Revision::File& file : Revision().files)
    sink.put(demo_id, entry_of(file.path, file.content, file.kind), bytes_content(file.content), {});
  CHECK(sink.publish(publication).empty());
}

bool is_published(const CacheBuilder& cache, const Publication& publication) {
  return HfSink(cache.root(), ForeignRoot::refused).is_published(publication);
}

Snapshot read(const CacheBuilder& cache) {
  return HfSource(cache.root()).snapshot(demo_id, "main");
}

}  // namespace

TEST_CASE("the commit object and the modes are kept byte for byte and read back") {
  const CacheBuilder cache;
  publish(cache, known());
  CHECK(cache.dir().read(object_path) == object);
  CHECK(cache.dir().read(modes_path) == modes);
  CHECK(cache.dir().names(in_demo(".modelcache")) == Strings{"commits"});
  const Snapshot snapshot = read(cache);
  CHECK(snapshot.commit_object == object);
  CHECK(snapshot.entries == known().snapshot.entries);
  const Strings before = cache.contents();
  publish(cache, known());
  CHECK(cache.contents() == before);
}

TEST_CASE("a commit that lacks or differs is work to do, and is done") {
  const CacheBuilder cache;
  publish(cache, known());
  const auto damage = GENERATE(as<std::string>(), "no object", "another object", "no modes", "other modes");
  CAPTURE(damage);
  if (damage == "no object") std::filesystem::remove(cache.dir().path(object_path));
  if (damage == "another object") cache.dir().write(object_path, std::string(object.size(), 'x'));
  if (damage == "no modes") std::filesystem::remove(cache.dir().path(modes_path));
  if (damage == "other modes") cache.dir().write(modes_path, std::string(modes.size(), 'x'));
  CHECK_FALSE(is_published(cache, known()));
  publish(cache, known());
  CHECK(is_published(cache, known()));
  CHECK(cache.dir().read(object_path) == object);
  CHECK(cache.dir().read(modes_path) == modes);
}

TEST_CASE("a commit of regular files has no modes, and takes away those that are there") {
  const CacheBuilder cache;
  publish(cache, known());
  Publication regular = known();
  for (Entry& entry : regular.snapshot.entries) entry.mode = FileMode::regular;
  CHECK_FALSE(is_published(cache, regular));
  publish(cache, regular);
  CHECK_FALSE(cache.dir().exists(modes_path));
  CHECK(cache.dir().read(object_path) == object);
}

TEST_CASE("a source that knows neither changes neither, and one that knows modes alone leaves the object") {
  const CacheBuilder cache;
  publish(cache, known());
  Publication unknown = known();
  unknown.snapshot.commit_object.clear();
  for (Entry& entry : unknown.snapshot.entries) entry.mode = FileMode::regular;
  CHECK(is_published(cache, unknown));
  publish(cache, unknown);
  CHECK(cache.dir().read(modes_path) == modes);
  unknown.snapshot.entries[1].mode = FileMode::executable;
  publish(cache, unknown);
  CHECK(cache.dir().read(object_path) == object);
  CHECK(cache.dir().read(modes_path) == std::string("100755 model.bin") + '\0');
}

TEST_CASE("what is not the commit's, or cannot be read, counts as absent") {
  const CacheBuilder cache;
  publish(cache, known());
  const auto damage = GENERATE(as<std::string>(), "content", "link", "directory", "too long");
  CAPTURE(damage);
  for (const std::string& path : {object_path, modes_path}) {
    std::filesystem::remove(cache.dir().path(path));
    if (damage == "content") cache.dir().write(path, "something else");
    if (damage == "link") cache.dir().link("/etc/passwd", path);
    if (damage == "directory") cache.dir().make_dir(path);
    if (damage == "too long") {
      cache.dir().write(path, "");
      std::filesystem::resize_file(cache.dir().path(path), std::uintmax_t{65} << 20);
    }
  }
  const Snapshot snapshot = read(cache);
  CHECK(snapshot.commit_object.empty());
  for (const Entry& entry : snapshot.entries) CHECK(entry.mode == FileMode::regular);
}
