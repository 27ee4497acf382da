// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/shared_store.hpp"

#include "hf_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

std::string link_to(std::string_view hash) {
  return "../../" + CacheBuilder::payload_path(hash);
}

}  // namespace

TEST_CASE("a store with the exact marker is ours") {
  const CacheBuilder cache;
  CHECK(SharedStore::owner(cache.dir().open()) == SharedStore::Owner::none);
  cache.mark_shared_store();
  CHECK(SharedStore::owner(cache.dir().open()) == SharedStore::Owner::ours);
}

TEST_CASE("any other store is foreign, and so is what only looks like one") {
  const CacheBuilder cache;
  const auto kind = GENERATE(as<std::string>(), "no marker", "empty", "2\n", "1", "1\n\n", "marker link",
                             "marker pipe", "marker directory", "blobs link", "blobs file");
  INFO(kind);
  const std::string marker = "blobs/.huggingface-shared-blobs";
  cache.dir().write("elsewhere/.huggingface-shared-blobs", "1\n");
  if (kind == "no marker") cache.dir().make_dir("blobs");
  if (kind == "empty") cache.dir().write(marker, "");
  if (kind == "2\n" || kind == "1" || kind == "1\n\n") cache.dir().write(marker, kind);
  if (kind == "marker link") cache.dir().link("../elsewhere/.huggingface-shared-blobs", marker);
  if (kind == "marker pipe") cache.dir().fifo(marker);
  if (kind == "marker directory") cache.dir().make_dir(marker);
  if (kind == "blobs link") cache.dir().link("elsewhere", "blobs");
  if (kind == "blobs file") cache.dir().write("blobs", "1\n");
  CHECK(SharedStore::owner(cache.dir().open()) == SharedStore::Owner::foreign);
  CHECK_FALSE(SharedStore::open(cache.dir().open()));
}

TEST_CASE("a payload is reached by the exact text of its link alone") {
  const CacheBuilder cache;
  const std::string hash = cache.payload("payload");
  const auto store = SharedStore::open(cache.dir().open());
  REQUIRE(store);
  const auto status = store->payload(link_to(hash));
  REQUIRE(status);
  CHECK(status->size == 7);
  CHECK(status->inode == cache.dir().status(CacheBuilder::payload_path(hash)).st_ino);
  CHECK(store->open_payload(link_to(hash)));
  const std::string prefix = hash.substr(0, 2);
  for (const std::string& text :
       Strings{std::string(), "../../blobs/" + hash, "../blobs/" + prefix + "/" + hash, link_to(hash) + "/",
               cache.root() + "/blobs/" + prefix + "/" + hash, "../../blobs/zz/" + hash,
               link_to(hash) + ".refs", "../../blobs/" + prefix + "/../" + prefix + "/" + hash,
               link_to(std::string(64, 'f')), "../../blobs/.huggingface-shared-blobs"}) {
    INFO(text);
    CHECK_FALSE(store->payload(text));
    CHECK_FALSE(store->open_payload(text));
  }
}

TEST_CASE("what is no regular file is no payload, and no link on the way is followed") {
  const CacheBuilder cache;
  const std::string hash = cache.payload("payload");
  const auto store = SharedStore::open(cache.dir().open());
  const auto kind = GENERATE(as<std::string>(), "link", "directory", "pipe", "prefix link", "prefix file");
  INFO(kind);
  const std::string path = CacheBuilder::payload_path(hash);
  const std::string prefix = path.substr(0, path.rfind('/'));
  cache.dir().write("elsewhere/" + hash, "payload");
  std::filesystem::remove_all(cache.dir().path(kind.starts_with("prefix") ? prefix : path));
  if (kind == "link") cache.dir().link("../../elsewhere/" + hash, path);
  if (kind == "directory") cache.dir().make_dir(path);
  if (kind == "pipe") cache.dir().fifo(path);
  if (kind == "prefix link") cache.dir().link("../elsewhere", prefix);
  if (kind == "prefix file") cache.dir().write(prefix, "");
  CHECK_FALSE(store->payload(link_to(hash)));
  CHECK(thrown_by([&] { return store->open_payload(link_to(hash)); }).cause.has_value());
}
