// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/snapshot_listing.hpp"

#include "support/catch.hpp"

using namespace modelcache;

namespace {

Entry entry(std::string_view path, std::string_view bytes) {
  const Digest oid = hash_bytes(HashKind::git_sha1, bytes);
  return {RelPath::parse(path).value(), bytes.size(), oid, oid, {}};
}

Snapshot snapshot(std::vector<Entry> entries) {
  return {RepoId::parse(RepoType::model, "org/name"), std::string(40, '1'), {}, std::move(entries), true, {}};
}

}  // namespace

TEST_CASE("a listing is made only of a snapshot that knows all of it") {
  const Snapshot whole = snapshot({entry("a", "x"), entry("b", "y")});
  REQUIRE(listing_of(whole));
  CHECK(listing_of(whole)->files.size() == 2);
  Snapshot some = whole;
  some.lists_all = false;
  CHECK_FALSE(listing_of(some));
  Snapshot unknown = whole;
  unknown.entries[1].git_oid.reset();
  CHECK_FALSE(listing_of(unknown));
  CHECK_FALSE(listing_of(snapshot({entry("\xff", "x")})));
}

TEST_CASE("listings agree by files and contents, whatever xet hashes they have") {
  const TreeListing one = listing_of(snapshot({entry("a", "x"), entry("b", "y")})).value();
  TreeListing other = one;
  other.files[0].xet_hash = std::string(64, 'a');
  CHECK(agree(one, other));
  other.files[0].blob_id = other.files[1].blob_id;
  CHECK_FALSE(agree(one, other));
  other = one;
  other.files.pop_back();
  CHECK_FALSE(agree(one, other));
}

TEST_CASE("a listing completes what was found, and keeps its modes") {
  const TreeListing listing = listing_of(snapshot({entry("a", "x"), entry("b", "y")})).value();
  Snapshot found = snapshot({entry("b", "other")});
  found.entries[0].mode = FileMode::executable;
  merge_listing(listing, found);
  CHECK(found.lists_all);
  REQUIRE(found.entries.size() == 2);
  CHECK(found.entries[0] == entry("a", "x"));
  CHECK(found.entries[1].content == entry("b", "y").content);
  CHECK(found.entries[1].mode == FileMode::executable);

  Snapshot more = snapshot({entry("z", "z"), entry("a", "x")});
  merge_listing(listing, more);
  CHECK_FALSE(more.lists_all);
  CHECK(more.entries.size() == 3);
  Snapshot alone = snapshot({entry("z", "z"), entry("a", "x")});
  merge_listing({}, alone);
  CHECK_FALSE(alone.lists_all);
  CHECK(alone.entries[0].path.bytes() == "a");
}
