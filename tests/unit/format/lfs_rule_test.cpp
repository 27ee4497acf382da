// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/lfs_rule.hpp"

#include "support/catch.hpp"

#include <set>
#include <string>
#include <vector>

using namespace modelcache;

namespace {

constexpr std::uint64_t limit = largest_regular_file;
constexpr LfsDecision empty{HashKind::git_sha1, LfsReason::empty};
constexpr LfsDecision large_by_attributes{HashKind::sha256, LfsReason::attributes};
constexpr LfsDecision regular_by_attributes{HashKind::git_sha1, LfsReason::attributes};
constexpr LfsDecision large_by_size{HashKind::sha256, LfsReason::size};
constexpr LfsDecision large_by_default{HashKind::sha256, LfsReason::hub_default};
constexpr LfsDecision regular_by_default{HashKind::git_sha1, LfsReason::no_default};
constexpr LfsDecision regular{HashKind::git_sha1, LfsReason::no_attribute};

LfsDecision decide(const LfsRule& rule, const std::string& path, std::uint64_t size) {
  return rule.decide(*RelPath::parse(path), size);
}

}  // namespace

TEST_CASE("without .gitattributes a file is large by the hub's default attributes or its size") {
  const LfsRule rule(RepoType::model, {});
  for (const char* path :
       {"a.7z", "d/e/model.safetensors", "pytorch_model.bin", "a.tar.gz", "a.tar", "x.lfs.y", "t5.model",
        "events.out.tfevents.17", "saved_model/variables/a", "saved_model/a", "a.parquet", "a.zst", "a.wasm"})
    CHECK(decide(rule, path, 1) == large_by_default);
  for (const char* path :
       {"config.json", "a.gguf", "README.md", "x/saved_model/a", "bin", "a.bin.txt", "a.BIN", "a.png"}) {
    CHECK(decide(rule, path, 1) == regular_by_default);
    CHECK(decide(rule, path, limit) == regular_by_default);
    CHECK(decide(rule, path, limit + 1) == large_by_size);
  }
}

TEST_CASE("datasets have more default attributes than other repos") {
  for (const char* path :
       {"a.lz4", "a.mds", "d/a.wav", "a.flac", "a.png", "a.jpg", "a.webp", "a.mp4", "a.webm"}) {
    CHECK(decide(LfsRule(RepoType::dataset, {}), path, 1) == large_by_default);
    for (const RepoType type : {RepoType::model, RepoType::space, RepoType::kernel})
      CHECK(decide(LfsRule(type, {}), path, 1) == regular_by_default);
  }
  CHECK(decide(LfsRule(RepoType::dataset, {}), "a.parquet", 1) == large_by_default);
  CHECK(decide(LfsRule(RepoType::dataset, {}), "a.csv", 1) == regular_by_default);
}

TEST_CASE(
    "a .gitattributes at the root decides in place of the hub's, but for what the hub refuses by size") {
  const LfsRule rule(RepoType::model, {{"", "*.dat filter=lfs\n*.txt -filter\n"}});
  CHECK(decide(rule, "a.dat", 1) == large_by_attributes);
  CHECK(decide(rule, "a.bin", 1) == regular);
  CHECK(decide(rule, "a.bin", limit) == regular);
  CHECK(decide(rule, "a.bin", limit + 1) == large_by_size);
  CHECK(decide(rule, "a.txt", limit + 1) == regular_by_attributes);
}

TEST_CASE("a .gitattributes below the root speaks for its directory alone") {
  const LfsRule rule(RepoType::model, {{"d", "*.bin -filter\n*.dat filter=lfs\n"}});
  CHECK(decide(rule, "d/a.bin", 1) == regular_by_attributes);
  CHECK(decide(rule, "d/a.dat", 1) == large_by_attributes);
  CHECK(decide(rule, "a.bin", 1) == large_by_default);
  CHECK(decide(rule, "a.dat", 1) == regular_by_default);
}

TEST_CASE("an empty file is regular whatever its name") {
  CHECK(decide(LfsRule(RepoType::model, {}), "a.bin", 0) == empty);
  CHECK(decide(LfsRule(RepoType::model, {{"", "* filter=lfs\n"}}), "a", 0) == empty);
}

TEST_CASE("each reason has its own words") {
  std::set<std::string_view> all;
  for (const LfsReason reason : {LfsReason::empty, LfsReason::attributes, LfsReason::no_attribute,
                                 LfsReason::size, LfsReason::hub_default, LfsReason::no_default})
    all.insert(words(reason));
  CHECK(all.size() == 6);
  CHECK(all.count("") == 0);
}
