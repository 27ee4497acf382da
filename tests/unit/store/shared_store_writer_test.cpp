// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/shared_store_writer.hpp"

#include "modelcache/base/file_lock.hpp"

#include "hf_sink_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

constexpr std::chrono::milliseconds no_wait{0};
const std::string large(5000, 'W');
const Entry entry = entry_of("model.bin", large, HashKind::sha256);
const std::string blob = in_demo("blobs/" + entry.content->hex());
const std::string hash(64, 'c');
const std::string payload = CacheBuilder::payload_path(hash);

Content shared_content(std::string_view bytes) {
  Content content = bytes_content(bytes);
  content.payload = hash;
  return content;
}

PutResult put(const CacheBuilder& cache, HfForm form = HfForm::automatic) {
  HfSink sink(cache.root(), ForeignRoot::refused, form);
  sink.prepare(demo_id, no_wait);
  return sink.put(demo_id, entry, shared_content(large), {});
}

std::uint64_t release(const CacheBuilder& cache) {
  const Dir root = cache.dir().open();
  return SharedStoreWriter::open(root).value().release({hash, entry.content->hex()}, root);
}

}  // namespace

TEST_CASE("a content that the source shares is shared where the target has a marked store") {
  const CacheBuilder cache;
  cache.mark_shared_store();
  CHECK(put(cache).method == Method::copy);
  CHECK(cache.dir().read(payload) == large);
  CHECK((cache.dir().status(payload).st_mode & 0222) == 0);
  CHECK(cache.dir().read(payload + ".refs") == blob + "\n");
  CHECK(cache.dir().read_link(blob) == "../../" + payload);
  SECTION("and comes once, a line for each that names it") {
    const RepoId other = RepoId::parse(RepoType::dataset, "other");
    HfSink sink(cache.root(), ForeignRoot::refused);
    sink.prepare(other, no_wait);
    CHECK(sink.put(other, entry, shared_content(large), {}).method == Method::symlink);
    CHECK(cache.dir().read(payload + ".refs") ==
          blob + "\ndatasets--other/blobs/" + entry.content->hex() + "\n");
  }
}

TEST_CASE("without a marked store, or where links are asked for, a content is the repo's own") {
  const CacheBuilder cache;
  const auto form = GENERATE(HfForm::automatic, HfForm::links);
  if (form == HfForm::links) cache.mark_shared_store();
  put(cache, form);
  CHECK(cache.dir().read(blob) == large);
  CHECK_FALSE(cache.dir().exists(payload));
  CHECK(S_ISREG(cache.dir().status(blob).st_mode));
}

TEST_CASE("a payload that is something else stays, and the repo gets a blob of its own") {
  const CacheBuilder cache;
  cache.mark_shared_store();
  const auto there = GENERATE(as<std::string>(), "short", std::string(5000, 'V'));
  cache.dir().write(payload, there);
  CHECK(put(cache).written);
  CHECK(cache.dir().read(payload) == there);
  CHECK_FALSE(cache.dir().exists(payload + ".refs"));
  CHECK(cache.dir().read(blob) == large);
  CHECK(S_ISREG(cache.dir().status(blob).st_mode));
}

TEST_CASE("a store is made where nothing is in the way, and what is unmarked is left alone") {
  const CacheBuilder cache;
  SECTION("nothing") {
    put(cache, HfForm::shared);
    CHECK(cache.dir().read("blobs/.huggingface-shared-blobs") == "1\n");
    CHECK(cache.dir().read(payload) == large);
  }
  SECTION("an empty folder") {
    cache.dir().make_dir("blobs");
    put(cache, HfForm::shared);
    CHECK(cache.dir().read(payload) == large);
  }
  SECTION("somebody's own") {
    cache.dir().write("blobs/mine", "mine");
    CHECK(thrown_by([&] { put(cache, HfForm::shared); }).cause == Cause::refused);
    CHECK(cache.dir().names("blobs") == Strings{"mine"});
  }
}

TEST_CASE("a payload goes with the last link to it, and not before") {
  const CacheBuilder cache;
  cache.mark_shared_store();
  put(cache);
  CHECK(release(cache) == 0);
  SECTION("when nobody names it") {
    std::filesystem::remove(cache.dir().path(blob));
    CHECK(release(cache) > 0);
    CHECK_FALSE(cache.dir().exists(payload));
    CHECK_FALSE(cache.dir().exists(payload + ".refs"));
    CHECK(cache.dir().exists(payload + ".lock"));
  }
  SECTION("not while a link names it whose line is lost") {
    cache.dir().write(payload + ".refs", "");
    CHECK(release(cache) == 0);
  }
  SECTION("not without a manifest") {
    std::filesystem::remove(cache.dir().path(blob));
    std::filesystem::remove(cache.dir().path(payload + ".refs"));
    CHECK(release(cache) == 0);
    CHECK(cache.dir().exists(payload));
  }
  SECTION("not while a client holds its lock") {
    std::filesystem::remove(cache.dir().path(blob));
    const Dir place = cache.dir().open().open_dir("blobs/cc");
    const FileLock lock = FileLock::acquire(place, hash + ".lock", no_wait);
    CHECK(release(cache) == 0);
    CHECK(cache.dir().exists(payload));
  }
}
