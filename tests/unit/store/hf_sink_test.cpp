// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/file_lock.hpp"

#include <unistd.h>

#include "hf_sink_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

using Link = PutOptions::Link;
constexpr std::chrono::milliseconds no_wait{0};

const std::string large(5000, 'W');
const Entry large_entry = entry_of("model.bin", large, HashKind::sha256);
const std::string large_path = in_demo("blobs/" + large_entry.content->hex());

PutResult put_large(HfSink& sink, const PutOptions& options = {}) {
  sink.prepare(demo_id, no_wait);
  const PutResult result = sink.put(demo_id, large_entry, bytes_content(large), options);
  sink.finish();
  return result;
}

bool holds(const CacheBuilder& cache, const Entry& entry, const PutOptions& options = {}) {
  return HfSink(cache.root(), ForeignRoot::refused).holds(demo_id, entry, options);
}

}  // namespace

TEST_CASE("a new cache holds what a client would have written, and nothing of ours but locks") {
  const TempDir dir;
  const std::string root = dir.path("home/hub");
  {
    HfSink sink(root, ForeignRoot::refused);
    CHECK(sink.path_of({demo_id, commit_1, {}, {}, false, {}}) ==
          root + "/models--org--demo/snapshots/" + commit_1);
    CHECK_FALSE(sink.holds(demo_id, large_entry, {}));
    CHECK_FALSE(sink.proves(demo_id, large_entry));
    CHECK_FALSE(sink.is_published(Revision().publication()));
    CHECK(sink.free_bytes() > 0);
    CHECK_FALSE(dir.exists("home"));
    CHECK(Revision().write(sink).empty());
    CHECK(sink.holds(demo_id, large_entry, {}));
    CHECK(sink.proves(demo_id, large_entry));
  }
  CHECK(dir.names("home/hub") == Strings{".locks", "models--org--demo"});
  const std::string repo = "home/hub/models--org--demo/";
  CHECK(dir.names(repo) == Strings{"blobs", "refs", "snapshots", "trees"});
  CHECK(dir.names(repo + "blobs").size() == 3);
  CHECK(dir.read(repo + "refs/main") == commit_1);
  const std::string snapshot = repo + "snapshots/" + commit_1 + "/";
  CHECK(dir.read_link(snapshot + "config.json") == "../../blobs/9e26dfeeb6e641a33dae4961196235bdb965b21b");
  CHECK(dir.read_link(snapshot + "model.bin") == "../../blobs/" + large_entry.content->hex());
  CHECK(dir.read(snapshot + "sub/dir/a file.txt") == "nested");
  CHECK(dir.read(snapshot + "model.bin") == large);
  const Stock stock = take_stock(root);
  CHECK(stock.root_findings.empty());
  CHECK(stock.repo().findings.empty());
  CHECK(stock.repo().revisions.at(0).complete == true);
}

TEST_CASE("a repo must be prepared before it is written") {
  const CacheBuilder cache;
  HfSink sink(cache.root(), ForeignRoot::refused);
  const RepoId other = RepoId::parse(RepoType::dataset, "other");
  CHECK(thrown_by([&] { return sink.put(demo_id, large_entry, bytes_content(large), {}); }).cause ==
        Cause::internal);
  sink.prepare(other, no_wait);
  CHECK(thrown_by([&] { return sink.publish(Revision().publication()); }).cause == Cause::internal);
  // The next repo takes the place of the one before.
  CHECK(put_large(sink).written);
  CHECK_FALSE(cache.dir().exists("datasets--other/.modelcache"));
}

TEST_CASE("wrong bytes are refused and nothing is published") {
  const CacheBuilder cache;
  HfSink sink(cache.root(), ForeignRoot::refused);
  sink.prepare(demo_id, no_wait);
  CHECK(thrown_by([&] {
          return sink.put(demo_id, large_entry, bytes_content(std::string(5000, 'V')), {});
        }).cause == Cause::refused);
  CHECK(cache.dir().names(in_demo("blobs")).empty());
  CHECK(cache.dir().names(in_demo("snapshots")).empty());
  CHECK_FALSE(cache.dir().exists(in_demo("refs")));
}

TEST_CASE("a content of the right size is kept, whatever its bytes, and hashing tells the difference") {
  const CacheBuilder cache;
  const std::string wrong(5000, 'V');
  cache.dir().write(large_path, wrong);
  HfSink sink(cache.root(), ForeignRoot::refused);
  CHECK(sink.holds(demo_id, large_entry, {}));
  CHECK_FALSE(sink.proves(demo_id, large_entry));
  CHECK_FALSE(put_large(sink).written);
  CHECK(cache.dir().read(large_path) == wrong);
}

TEST_CASE("a content that its size proves broken is replaced") {
  const CacheBuilder cache;
  const auto broken = GENERATE(as<std::string>(), "", "WW", "too long");
  cache.dir().write(large_path, broken == "too long" ? std::string(5001, 'W') : broken);
  CHECK_FALSE(holds(cache, large_entry));
  HfSink sink(cache.root(), ForeignRoot::refused);
  CHECK(put_large(sink).written);
  CHECK(cache.dir().read(large_path) == large);
  CHECK(cache.dir().names(in_demo("blobs")).size() == 1);
}

TEST_CASE("a blob that leads into the shared store is held while its payload has the right size") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.repo();
  repo.shared_blob(large);
  const std::string payload = CacheBuilder::payload_path(cache.payload(large));
  CHECK(holds(cache, large_entry));
  CHECK(HfSink(cache.root(), ForeignRoot::refused).proves(demo_id, large_entry));
  HfSink sink(cache.root(), ForeignRoot::refused);
  CHECK_FALSE(put_large(sink).written);
  CHECK(cache.dir().read_link(large_path) == "../../" + payload);
  SECTION("a payload of another size is left to others") {
    cache.dir().write(payload, "short");
    CHECK(put_large(sink).written);
    CHECK(cache.dir().read(payload) == "short");
    CHECK(S_ISREG(cache.dir().status(large_path).st_mode));
  }
  SECTION("a payload that is gone") {
    std::filesystem::remove(cache.dir().path(payload));
    CHECK(put_large(sink).written);
    CHECK_FALSE(cache.dir().exists(payload));
    CHECK(cache.dir().read(large_path) == large);
  }
  SECTION("a store that is not ours to read") {
    cache.dir().write("blobs/.huggingface-shared-blobs", "2\n");
    HfSink other(cache.root(), ForeignRoot::refused);
    CHECK_FALSE(other.holds(demo_id, large_entry, {}));
  }
}

TEST_CASE("links of ours to a store are held only by those who ask for links") {
  const CacheBuilder cache;
  const TempDir store;
  store.write("object", large);
  PutOptions links;
  links.link = Link::symlink;
  HfSink sink(cache.root(), ForeignRoot::refused);
  sink.prepare(demo_id, no_wait);
  CHECK(sink.put(demo_id, large_entry, file_content(store, "object"), links).method == Method::symlink);
  CHECK(cache.dir().read_link(large_path) == store.path("object"));
  CHECK(sink.holds(demo_id, large_entry, links));
  CHECK_FALSE(sink.put(demo_id, large_entry, file_content(store, "object"), links).written);
  CHECK_FALSE(sink.holds(demo_id, large_entry, {}));
  store.write("object", "short");
  CHECK_FALSE(sink.holds(demo_id, large_entry, links));
  CHECK(put_large(sink).written);
  CHECK(cache.dir().read(large_path) == large);
  CHECK(store.read("object") == "short");
}

TEST_CASE("hard links and plain copies come in as the options say") {
  const CacheBuilder cache;
  const TempDir store(std::filesystem::path(cache.root()).parent_path().string());
  store.write("object", large);
  PutOptions options;
  options.link = GENERATE(Link::hardlink, Link::copy);
  HfSink sink(cache.root(), ForeignRoot::refused);
  sink.prepare(demo_id, no_wait);
  const PutResult result = sink.put(demo_id, large_entry, file_content(store, "object"), options);
  sink.finish();
  const bool is_same = cache.dir().status(large_path).st_ino == store.status("object").st_ino;
  CHECK(result.method == (options.link == Link::hardlink ? Method::hardlink : Method::copy));
  CHECK(is_same == (options.link == Link::hardlink));
}

TEST_CASE("a lock that another program holds is waited for, then told as busy") {
  const CacheBuilder cache;
  const std::string locks = ".locks/" + demo_folder;
  cache.dir().make_dir(locks);
  const Dir lock_dir = cache.dir().open().open_dir(locks);
  HfSink sink(cache.root(), ForeignRoot::refused);
  SECTION("on the repo: nothing is made") {
    const FileLock lock = FileLock::acquire(lock_dir, "modelcache.lock", no_wait);
    const Thrown thrown = thrown_by([&] {
      sink.prepare(demo_id, std::chrono::milliseconds(20));
      return 0;
    });
    CHECK(thrown.cause == Cause::busy);
    CHECK(thrown.message.find("modelcache.lock") != std::string::npos);
    CHECK_FALSE(cache.dir().exists(demo_folder));
  }
  SECTION("on one content: the others can be written") {
    const FileLock lock = FileLock::acquire(lock_dir, large_entry.content->hex() + ".lock", no_wait);
    PutOptions options;
    options.wait = no_wait;
    CHECK(thrown_by([&] { return put_large(sink, options); }).cause == Cause::busy);
    CHECK(sink.put(demo_id, entry_of("a", "a"), bytes_content("a"), options).written);
    CHECK_FALSE(cache.dir().exists(large_path));
  }
  SECTION("a sink holds the repo's lock until it is gone or takes another repo") {
    sink.prepare(demo_id, no_wait);
    CHECK(FileLock::is_held(lock_dir, "modelcache.lock"));
    sink.prepare(RepoId::parse(RepoType::model, "other"), no_wait);
    CHECK_FALSE(FileLock::is_held(lock_dir, "modelcache.lock"));
  }
}

TEST_CASE("what a dead run staged is removed, what is not ours beside it is kept") {
  const CacheBuilder cache;
  cache.dir().write(in_demo(".modelcache/tmp/0badcafe/sub/link"), "x");
  cache.dir().write(in_demo(".modelcache/notes"), "mine");
  cache.dir().write(in_demo("notes.txt"), "mine");
  Revision().write(cache);
  CHECK(cache.dir().names(in_demo(".modelcache")) == Strings{"notes"});
  CHECK(cache.dir().read(in_demo("notes.txt")) == "mine");
  CHECK(HfSink(cache.root(), ForeignRoot::refused).is_published(Revision().publication()));
  // Leftovers alone are work to do.
  cache.dir().make_dir(in_demo(".modelcache/tmp"));
  CHECK_FALSE(HfSink(cache.root(), ForeignRoot::refused).is_published(Revision().publication()));
}

TEST_CASE("dead partial downloads are removed for the content being written alone") {
  const CacheBuilder cache;
  const std::string etag = large_entry.content->hex();
  const std::string other(64, 'b');
  const Strings kept = {other + ".01234567.incomplete", etag + ".incomplete", etag + ".part",
                        "." + etag + ".01234567.old"};
  for (const std::string& name : kept) cache.dir().write(in_demo("blobs/" + name), "half");
  cache.dir().write(in_demo("blobs/" + etag + ".01234567.incomplete"), "half");
  cache.dir().write(in_demo("blobs/" + etag + ".89abcdef.incomplete"), "half");
  HfSink sink(cache.root(), ForeignRoot::refused);
  sink.prepare(demo_id, no_wait);
  // Of a client that came after us: it waits for the lock, or does not lock at all.
  const std::string later = etag + ".76543210.incomplete";
  cache.dir().write(in_demo("blobs/" + later), "half");
  CHECK(put_large(sink).written);
  Strings wanted = kept;
  wanted.push_back(later);
  wanted.push_back(etag);
  std::sort(wanted.begin(), wanted.end());
  CHECK(cache.dir().names(in_demo("blobs")) == wanted);
}

TEST_CASE("no link in place of a directory or file is followed by a write") {
  const CacheBuilder cache;
  const TempDir outside;
  outside.make_dir("tmp/" + commit_1);
  const auto place = GENERATE(
      as<std::string>(), ".locks", ".locks/models--org--demo", ".locks/models--org--demo/modelcache.lock",
      "models--org--demo", "models--org--demo/blobs", "models--org--demo/snapshots", "models--org--demo/refs",
      "models--org--demo/trees", "models--org--demo/.modelcache", "models--org--demo/.modelcache/tmp",
      "models--org--demo/.no_exist", "models--org--demo/snapshots/1111111111111111111111111111111111111111");
  INFO(place);
  cache.dir().link(outside.path(), place);
  CHECK(thrown_by([&] { return Revision().write(cache); }).cause == Cause::refused);
  CHECK(outside.names() == Strings{"tmp"});
  CHECK(outside.names("tmp") == Strings{commit_1});
  CHECK(outside.names("tmp/" + commit_1).empty());
  CHECK_FALSE(cache.dir().exists(in_demo("refs/main")));
  CHECK(cache.dir().read_link(place) == outside.path());
}

TEST_CASE("a root of another user is refused unless allowed") {
  const CacheBuilder cache;
  cache.demo();
  const std::string owner = std::to_string(cache.dir().status("").st_uid);
  open_to_all(cache);
  const bool can_change = ::geteuid() == 0 && ::chown(cache.root().c_str(), 12345, -1U) == 0;
  // Without root's rights no directory can be given away, but what is ours can still be told from it.
  CHECK(thrown_by([&] { return HfSink(cache.root(), ForeignRoot::refused).free_bytes(); }).cause ==
        (can_change ? std::optional(Cause::refused) : std::nullopt));
  CHECK_FALSE(thrown_by([&] { return HfSink(cache.root(), ForeignRoot::allowed).free_bytes(); }).cause);
}
