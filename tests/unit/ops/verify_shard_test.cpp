// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/verify_shard.hpp"

#include "modelcache/ops/verify.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace modelcache;
using namespace modelcache::test;

namespace {

using State = EvidenceFile::State;
using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t limit) {
  return random() % limit;
}

// A few contents of all sizes, and more names for them than there are.
Evidence random_tree(Random& random) {
  Evidence evidence;
  const std::size_t contents = below(random, 40);
  for (std::size_t i = 0; i < contents; ++i) {
    const std::uint64_t size = random() >> (24 + below(random, 40));
    evidence.contents.push_back({"place " + std::to_string(i), size, 1, i + 1});
  }
  const std::size_t revisions = below(random, 5);
  for (std::size_t i = 0; i < revisions; ++i) {
    EvidenceRevision revision{RepoType::model, "org/" + std::to_string(i % 2), std::to_string(i), {}};
    revision.has_doubtful_index = below(random, 8) == 0;
    const std::size_t files = below(random, 30);
    for (std::size_t name = 0; name < files; ++name) {
      EvidenceFile file{"f" + std::to_string(name), State::missing};
      if (contents > 0 && below(random, 4) > 0) {
        file.content = below(random, contents);
        file.state = below(random, 5) > 0 ? State::present : State::extra;
        file.expected.origin =
            revision.has_doubtful_index ? EvidenceOrigin::index : EvidenceOrigin::blob_name;
        if (below(random, 6) > 0) file.expected.content = hash_bytes(HashKind::sha256, file.path);
      }
      revision.files.push_back(std::move(file));
    }
    evidence.revisions.push_back(std::move(revision));
  }
  put_in_order(evidence);
  return evidence;
}

// The same tree, as it is found where directories are read in another order.
Evidence reordered(const Evidence& evidence, Random& random) {
  Evidence other = evidence;
  std::vector<std::size_t> to(other.contents.size());
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = i;
  std::shuffle(to.begin(), to.end(), random);
  for (std::size_t i = 0; i < to.size(); ++i) {
    other.contents[to[i]] = evidence.contents[i];
    other.contents[to[i]].place += " elsewhere";
    other.contents[to[i]].inode += 1000;
    other.contents[to[i]].modified.tv_sec = 7;
  }
  for (EvidenceRevision& revision : other.revisions) {
    for (EvidenceFile& file : revision.files)
      if (file.content) file.content = to[*file.content];
    std::shuffle(revision.files.begin(), revision.files.end(), random);
  }
  std::shuffle(other.revisions.begin(), other.revisions.end(), random);
  put_in_order(other);
  return other;
}

struct Loads {
  std::map<std::uint64_t, std::uint64_t> by_shard;
  std::uint64_t all = 0;
};

// What each shard reads, and what its files cost beside.
Loads loads_of(const Evidence& evidence, const std::vector<std::uint64_t>& shard_of) {
  Loads loads;
  std::set<std::size_t> read;
  std::size_t number = 0;
  for (const EvidenceRevision& revision : evidence.revisions)
    for (const EvidenceFile& file : revision.files) {
      const std::uint64_t shard = shard_of.at(number++);
      std::uint64_t cost = cost_of_file;
      if (file.state == State::present && file.expected.is_proof() && read.insert(*file.content).second)
        cost += evidence.contents[*file.content].size;
      loads.by_shard[shard] += cost;
      loads.all += cost;
    }
  return loads;
}

// What one run alone can judge.
std::uint64_t largest_group(const Evidence& evidence) {
  const std::vector<std::uint64_t> alone = deal_out(evidence, most_shards);
  std::uint64_t largest = 0;
  for (const auto& [shard, load] : loads_of(evidence, alone).by_shard) largest = std::max(largest, load);
  return largest;
}

}  // namespace

TEST_CASE("shards are disjoint, complete and balanced, whatever the tree") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Evidence evidence = random_tree(random);
    std::size_t files = 0;
    for (const EvidenceRevision& revision : evidence.revisions) files += revision.files.size();
    for (const std::uint64_t shards : {1u, 2u, 3u, 7u, 64u}) {
      const std::vector<std::uint64_t> shard_of = deal_out(evidence, shards);
      REQUIRE(shard_of.size() == files);
      CHECK(std::all_of(shard_of.begin(), shard_of.end(),
                        [&](std::uint64_t shard) { return shard >= 1 && shard <= shards; }));
      std::map<std::size_t, std::set<std::uint64_t>> of_content;
      std::map<const EvidenceRevision*, std::set<std::uint64_t>> of_doubtful;
      std::size_t number = 0;
      for (const EvidenceRevision& revision : evidence.revisions)
        for (const EvidenceFile& file : revision.files) {
          if (file.content) of_content[*file.content].insert(shard_of[number]);
          if (file.content && revision.has_doubtful_index) of_doubtful[&revision].insert(shard_of[number]);
          ++number;
        }
      for (const auto& [content, in] : of_content) CHECK(in.size() == 1);
      for (const auto& [revision, in] : of_doubtful) CHECK(in.size() == 1);
      const Loads loads = loads_of(evidence, shard_of);
      for (const auto& [shard, load] : loads.by_shard)
        CHECK(load <= loads.all / shards + 1 + largest_group(evidence));
    }
  }
}

TEST_CASE("shards and listing are those of the tree, in whatever order and place it is found") {
  std::set<std::string> listings;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Evidence evidence = random_tree(random);
    listings.insert(listing_digest(evidence).text());
    for (int again = 0; again < 3; ++again) {
      const Evidence other = reordered(evidence, random);
      for (const std::uint64_t shards : {1u, 3u, 16u})
        CHECK(deal_out(other, shards) == deal_out(evidence, shards));
      CHECK(listing_digest(other) == listing_digest(evidence));
    }
  }
  CHECK(listings.size() > 200);
}

TEST_CASE("another tree has another listing") {
  Evidence evidence;
  evidence.contents = {{"a", 5}, {"b", 5}};
  const Expectation expected{EvidenceOrigin::blob_name, hash_bytes(HashKind::sha256, "x"), {}, 5};
  evidence.revisions = {{RepoType::model,
                         "org/demo",
                         "1",
                         {{"f", State::present, 0, expected}, {"g", State::present, 1, expected}}}};
  std::vector<Evidence> trees(11, evidence);
  trees[1].revisions[0].type = RepoType::dataset;
  trees[2].revisions[0].repo = "org/dem";
  trees[3].revisions[0].commit = "o1";
  trees[4].revisions[0].is_store = true;
  trees[5].revisions[0].files[0].path = "e";
  trees[6].revisions[0].files[0].state = State::extra;
  trees[7].revisions[0].files[0].expected.content = hash_bytes(HashKind::sha256, "y");
  trees[8].contents[0].size = 6;
  trees[9].revisions[0].files[1].content = 0;  // one content with two names
  trees[10].revisions[0].files.pop_back();
  std::set<std::string> listings;
  for (const Evidence& tree : trees) listings.insert(listing_digest(tree).text());
  CHECK(listings.size() == trees.size());
}

TEST_CASE("sparse files of any size are dealt out") {
  Evidence evidence;
  EvidenceRevision revision{{}, "", "", {}};
  for (std::size_t i = 0; i < 9; ++i) {
    evidence.contents.push_back({std::to_string(i), std::uint64_t{1} << 62});
    revision.files.push_back({std::to_string(i),
                              State::present,
                              i,
                              {EvidenceOrigin::blob_name, hash_bytes(HashKind::sha256, "x")}});
  }
  evidence.revisions.push_back(revision);
  const std::vector<std::uint64_t> shard_of = deal_out(evidence, 3);
  for (std::uint64_t shard = 1; shard <= 3; ++shard)
    CHECK(std::count(shard_of.begin(), shard_of.end(), shard) >= 1);
}

TEST_CASE("K/N is two numbers, the first no larger than the second") {
  CHECK(parse_shard("1/1") == Shard{1, 1});
  CHECK(parse_shard("2/4") == Shard{2, 4});
  CHECK(parse_shard("1000000/1000000").text() == "1000000/1000000");
  for (const char* text : {"",
                           "/",
                           "1",
                           "1/",
                           "/4",
                           "0/4",
                           "5/4",
                           "1/0",
                           "-1/4",
                           "+1/4",
                           "1/4/4",
                           " 1/4",
                           "1 /4",
                           "1/4 ",
                           "0x1/4",
                           "1.0/4",
                           "a/b",
                           "1/1000001",
                           "1/99999999999999999999",
                           "1\n/4"}) {
    CAPTURE(text);
    CHECK(thrown_by([&] { parse_shard(text); }).cause == Cause::usage);
  }
}

TEST_CASE("the shards of a directory tell together what one run tells") {
  const TempDir dir;
  Manifest manifest;
  for (int i = 0; i < 40; ++i) {
    const std::string content(static_cast<std::size_t>(i) * 997, 'x');
    const std::string name = "f" + std::to_string(i);
    manifest[*RelPath::parse(name)] = {hash_bytes(HashKind::sha256, content), {}, {}};
    if (i % 7 != 3) dir.write(name, i % 5 == 1 ? content + "y" : content);
  }
  dir.write("more", "more");
  VerifyRequest request{{Layout::dir, dir.path()}};
  request.manifest = manifest;
  const Verification whole = verify(request);
  for (const std::uint64_t count : {1u, 3u, 50u}) {
    std::vector<const VerifiedFile*> told(whole.files.size());
    std::vector<Verification> parts;
    std::set<std::string> listings;
    std::uint64_t bytes = 0;
    request.listed = [&](const VerifyListing& listing) {
      listings.insert(listing.digest.text());
      CHECK(listing.files == whole.files.size());
    };
    for (std::uint64_t number = 1; number <= count; ++number) {
      request.shard = Shard{number, count};
      parts.push_back(verify(request));
      bytes += parts.back().bytes_hashed;
    }
    for (const Verification& part : parts)
      for (const VerifiedFile& file : part.files) {
        CHECK(told.at(file.number) == nullptr);
        told.at(file.number) = &file;
      }
    for (std::size_t i = 0; i < told.size(); ++i) {
      REQUIRE(told[i] != nullptr);
      CHECK(told[i]->path == whole.files[i].path);
      CHECK(told[i]->status == whole.files[i].status);
    }
    CHECK(listings.size() == 1);
    CHECK(bytes == whole.bytes_hashed);
  }
}
