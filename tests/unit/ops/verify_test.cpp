// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/verify.hpp"

#include "modelcache/ops/verify_state.hpp"

#include "support/cache_builder.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"

#include <unistd.h>

using namespace modelcache;
using namespace modelcache::test;

namespace {

VerifyRequest request_of(Layout layout, const std::string& path, unsigned jobs = 2) {
  VerifyRequest request{{layout, path}};
  request.evidence.jobs = jobs;
  return request;
}

std::string hash_of(std::string_view bytes) {
  return hash_bytes(HashKind::sha256, bytes).hex();
}

Manifest manifest_of(const std::vector<std::pair<std::string, std::string>>& files) {
  Manifest manifest;
  for (const auto& [path, content] : files)
    manifest[*RelPath::parse(path)] = {hash_bytes(HashKind::sha256, content), {}, {}};
  return manifest;
}

VerifyStatus status_of(const Verification& found, std::string_view path) {
  for (const VerifiedFile& file : found.files)
    if (file.path == path) return file.status;
  throw std::runtime_error("nothing was said of " + std::string(path));
}

}  // namespace

TEST_CASE("a content is read once, whatever names lead to it") {
  const CacheBuilder cache;
  const std::string payload(3000, 's');
  for (const char* folder : {"models--a", "models--b"}) {
    const RepoBuilder repo = cache.demo(folder);
    const std::string blob = repo.shared_blob(payload);
    repo.link(commit_1, "shared.bin", blob);
    repo.link(commit_2, "again.bin", blob);
  }
  const Verification whole = verify(request_of(Layout::hf, cache.root()));
  std::uint64_t each = 0;
  for (const VerifiedFile& file : whole.files) {
    CHECK(file.status == VerifyStatus::matched);
    each += file.size.value_or(0);
  }
  // Each repo's own contents once, the payload of both once; four names lead to it.
  CHECK(each >= whole.bytes_hashed + 3 * payload.size());
  CHECK(whole.unchecked == 0);
}

TEST_CASE("a file with several hard links is read once") {
  const TempDir dir;
  dir.write("a", std::string(5000, 'a'));
  REQUIRE(::link(dir.path("a").c_str(), dir.path("b").c_str()) == 0);
  VerifyRequest request = request_of(Layout::dir, dir.path());
  request.manifest = manifest_of({{"a", std::string(5000, 'a')}, {"b", std::string(5000, 'b')}});
  const Verification found = verify(request);
  CHECK(status_of(found, "a") == VerifyStatus::matched);
  CHECK(status_of(found, "b") == VerifyStatus::unmatched);
  CHECK(found.bytes_hashed == 5000);
}

TEST_CASE("a manifest says of each file what it is") {
  const TempDir dir;
  dir.write("good", "good");
  dir.write("bad", "other");
  dir.write("more", "more");
  dir.write("sub/pointer",
            "version https://git-lfs.github.com/spec/v1\noid sha256:" + hash_of("x") + "\nsize 1\n");
  dir.link("good", "link");
  dir.fifo("pipe");
  VerifyRequest request = request_of(Layout::dir, dir.path());
  request.manifest =
      manifest_of({{"good", "good"}, {"bad", "b"}, {"gone", "g"}, {"sub/pointer", "x"}, {"link", "good"}});
  const Verification found = verify(request);
  REQUIRE(found.files.size() == 7);
  CHECK(status_of(found, "good") == VerifyStatus::matched);
  CHECK(status_of(found, "bad") == VerifyStatus::unmatched);
  CHECK(status_of(found, "gone") == VerifyStatus::missing);
  CHECK(status_of(found, "more") == VerifyStatus::extra);
  CHECK(status_of(found, "sub/pointer") == VerifyStatus::pointer);
  CHECK(status_of(found, "link") == VerifyStatus::unmatched);
  CHECK(status_of(found, "pipe") == VerifyStatus::extra);
}

TEST_CASE("a listing's id of a large file is proved as the pointer's") {
  const TempDir dir;
  const std::string content(7000, 'w');
  dir.write("w.bin", content);
  dir.write("r.txt", "r");
  const std::string text =
      "version https://git-lfs.github.com/spec/v1\noid sha256:" + hash_of(content) + "\nsize 7000\n";
  const Digest pointer = hash_bytes(HashKind::git_sha1, text);
  VerifyRequest request = request_of(Layout::dir, dir.path());
  request.manifest.emplace();
  (*request.manifest)[*RelPath::parse("w.bin")] = {{}, pointer, {}};
  (*request.manifest)[*RelPath::parse("r.txt")] = {{}, hash_bytes(HashKind::git_sha1, "r"), 1};
  const Verification found = verify(request);
  CHECK(status_of(found, "w.bin") == VerifyStatus::matched);
  CHECK(status_of(found, "r.txt") == VerifyStatus::matched);
  dir.write("w.bin", std::string(6999, 'w') + "x");
  CHECK(status_of(verify(request), "w.bin") == VerifyStatus::unmatched);
  dir.write("w.bin", text);
  CHECK(status_of(verify(request), "w.bin") == VerifyStatus::pointer);
}

TEST_CASE("what nothing tells of is not called damaged") {
  const TempDir dir;
  dir.write("a", "a");
  dir.link("a", "link");
  dir.fifo("pipe");
  const Verification found = verify(request_of(Layout::dir, dir.path()));
  REQUIRE(found.files.size() == 3);
  for (const VerifiedFile& file : found.files) CHECK(file.status == VerifyStatus::unverifiable);
  CHECK(found.bytes_hashed == 0);
}

TEST_CASE("contents whose names are no hashes cannot be proved, unless a listing tells what they are") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo("models--a");
  // md5, the id of an upload in parts, a tag of a server's own, and what PaddleNLP calls a content.
  const std::vector<std::string> names = {std::string(32, 'd'), std::string(32, 'd') + "-7", "5f3c-61a0b2",
                                          "b8a1f0c2-1111-4222-8333-444455556666"};
  for (const std::string& name : names) {
    cache.dir().write(repo.path("blobs/" + name), "of " + name);
    repo.link(commit_1, name + ".bin", name);
  }
  VerifyRequest request = request_of(Layout::hf, cache.root());
  Verification found = verify(request);
  for (const std::string& name : names) CHECK(status_of(found, name + ".bin") == VerifyStatus::unverifiable);
  CHECK(status_of(found, "config.json") == VerifyStatus::matched);
  std::vector<RepoBuilder::Listed> listed;
  for (const std::string& name : names) {
    const std::string content = "of " + name;
    listed.push_back({name + ".bin", content.size(), hash_bytes(HashKind::git_sha1, content).hex()});
  }
  repo.listing(commit_1, listed);
  found = verify(request);
  for (const std::string& name : names) CHECK(status_of(found, name + ".bin") == VerifyStatus::matched);
  cache.dir().write(repo.path("blobs/" + names[0]), "or " + names[0]);
  CHECK(status_of(verify(request), names[0] + ".bin") == VerifyStatus::unmatched);
}

TEST_CASE("sizes alone tell what no reading is needed for") {
  const CacheBuilder cache;
  const RepoBuilder repo = cache.demo("models--a");
  repo.link(commit_1, "empty.bin", repo.blob("content", HashKind::sha256));
  cache.dir().write(repo.path("blobs/" + hash_of("content")), "");
  VerifyRequest request = request_of(Layout::hf, cache.root());
  request.sizes_only = true;
  const Verification found = verify(request);
  CHECK(status_of(found, "empty.bin") == VerifyStatus::unmatched);
  CHECK(found.bytes_hashed == 0);
}

TEST_CASE("a run that is stopped says what it did not reach") {
  const TempDir dir;
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 20; ++i) {
    files.emplace_back("f" + std::to_string(i), std::string(1000, static_cast<char>('a' + i)));
    dir.write(files.back().first, files.back().second);
  }
  std::atomic<bool> cancelled{false};
  VerifyRequest request = request_of(Layout::dir, dir.path(), 1);
  request.manifest = manifest_of(files);
  request.cancelled = &cancelled;
  std::atomic<int> read{0};
  request.progress = [&](std::uint64_t) { cancelled = ++read >= 5; };
  const Verification found = verify(request);
  CHECK(found.unchecked > 0);
  CHECK(found.unchecked < 20);
  std::size_t checked = 0;
  for (const VerifiedFile& file : found.files) {
    checked += file.is_checked ? 1 : 0;
    if (file.is_checked) CHECK(file.status == VerifyStatus::matched);
  }
  CHECK(checked + found.unchecked == 20);

  // What was reached is kept, and the next run goes on behind it.
  VerifyState state(dir.path() + ".state");
  state.update(found, 1000);
  state.save();
  VerifyState again(dir.path() + ".state");
  cancelled = false;
  request.progress = {};
  request.is_proved = [&](const VerifiedFile& file) { return again.is_proved(file, {}); };
  const Verification rest = verify(request);
  CHECK(rest.bytes_hashed == found.unchecked * 1000);
  for (const char* name : {".state", ".state.seen"}) ::unlink((dir.path() + name).c_str());
}
