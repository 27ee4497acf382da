// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/repair.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

using namespace modelcache;
using namespace modelcache::test;

namespace {

using Action = RepairStep::Action;

const std::string good(4000, 'g');
const std::string bad(4000, 'b');

Place directory(const TempDir& dir) {
  return {Layout::dir, dir.path()};
}

Verification verified(const TempDir& place, const std::map<std::string, ManifestEntry>& files) {
  VerifyRequest request{directory(place)};
  request.manifest.emplace();
  for (const auto& [path, entry] : files) (*request.manifest)[*RelPath::parse(path)] = entry;
  request.wants_spoiled = true;
  return verify(request);
}

ManifestEntry entry_of(const std::string& content) {
  return {hash_bytes(HashKind::sha256, content), {}, {}};
}

RepairRequest request_of(const TempDir& place, const TempDir& source) {
  RepairRequest request{.place = directory(place)};
  request.from = {directory(source)};
  return request;
}

std::optional<Cause> cause_of(const RepairRequest& request) {
  return thrown_by([&] { return std::make_unique<Repair>(request); }).cause;
}

}  // namespace

TEST_CASE("a content is found by its bytes, whatever it is called, and takes the place of the bad one") {
  const TempDir place;
  const TempDir source;
  place.write("sub/model.bin", bad);
  REQUIRE(::chmod(place.path("sub/model.bin").c_str(), 0750) == 0);
  REQUIRE(::link(place.path("sub/model.bin").c_str(), place.path("other name").c_str()) == 0);
  source.write("somewhere", good);
  source.write("of the same size", std::string(4000, 'x'));
  Verification found = verified(place, {{"sub/model.bin", entry_of(good)}, {"gone", entry_of(good)}});
  REQUIRE(found.spoiled.size() == 2);
  Repair repair(request_of(place, source));
  RepairPlan plan = repair.plan(found);
  REQUIRE(plan.steps.size() == 2);
  CHECK(plan.steps[1].action == Action::restore);
  CHECK(plan.steps[1].from == source.path("somewhere"));
  CHECK(plan.bytes_to_write == 2 * good.size());
  CHECK(place.read("sub/model.bin") == bad);
  CHECK(!place.exists("gone"));

  std::vector<Error> failures;
  repair.execute(plan, found, failures);
  CHECK(failures.empty());
  CHECK(place.read("sub/model.bin") == good);
  CHECK(place.read("gone") == good);
  CHECK(place.mode("sub/model.bin") == 0750);
  CHECK(place.read("other name") == bad);
  for (const SpoiledFile& spoiled : found.spoiled) CHECK(found.files[spoiled.number].is_restored);
  CHECK(place.names() == std::vector<std::string>{"gone", "other name", "sub"});
}

TEST_CASE("what was changed after the plan stays") {
  const TempDir place;
  const TempDir source;
  place.write("changed", bad);
  place.write("came", "");
  REQUIRE(::unlink(place.path("came").c_str()) == 0);
  source.write("good", good);
  Verification found = verified(place, {{"changed", entry_of(good)}, {"came", entry_of(good)}});
  RepairRequest request = request_of(place, source);
  const TempDir aside;
  request.quarantine = aside.path("quarantine");
  Repair repair(request);
  RepairPlan plan = repair.plan(found);
  place.write("changed", "somebody's own");
  place.write("came", "somebody's own");
  std::vector<Error> failures;
  repair.execute(plan, found, failures);
  for (const RepairStep& step : plan.steps) {
    CHECK(step.action == Action::none);
    CHECK(!step.is_moved);
    CHECK(step.reason.find("it was changed since it was looked at") != std::string::npos);
  }
  CHECK(place.read("changed") == "somebody's own");
  CHECK(place.read("came") == "somebody's own");
}

TEST_CASE("a content that came meanwhile is no failure") {
  const TempDir place;
  const TempDir source;
  source.write("good", good);
  Verification found = verified(place, {{"file", entry_of(good)}});
  Repair repair(request_of(place, source));
  RepairPlan plan = repair.plan(found);
  place.write("file", good);
  const auto before = place.status("file").st_ino;
  std::vector<Error> failures;
  repair.execute(plan, found, failures);
  CHECK(plan.steps.front().action == Action::restore);
  CHECK(plan.steps.front().method == Method::none);
  CHECK(place.status("file").st_ino == before);
}

TEST_CASE("the text of a pointer is no content, whatever id it has") {
  const TempDir place;
  const TempDir source;
  const std::string text =
      "version https://git-lfs.github.com/spec/v1\noid sha256:" + hash_bytes(HashKind::sha256, good).hex() +
      "\nsize 4000\n";
  source.write("pointer", text);
  ManifestEntry entry;
  entry.blob_id = hash_bytes(HashKind::git_sha1, text);
  Verification found = verified(place, {{"model.bin", entry}});
  RepairPlan plan = Repair(request_of(place, source)).plan(found);
  CHECK(plan.steps.front().action == Action::none);
  // The content that the pointer stands for is one.
  source.write("content", good);
  Repair repair(request_of(place, source));
  plan = repair.plan(found);
  std::vector<Error> failures;
  repair.execute(plan, found, failures);
  CHECK(place.read("model.bin") == good);
}

TEST_CASE("a bad content moves before the good one comes, and never onto another one") {
  const TempDir place;
  const TempDir source;
  const TempDir aside;
  source.write("good", good);
  RepairRequest request = request_of(place, source);
  request.quarantine = aside.path();
  for (const char* name : {"sub/file", "sub/file.1"}) {
    place.write("sub/file", bad);
    REQUIRE(::chmod(place.path("sub/file").c_str(), 0711) == 0);
    Verification found = verified(place, {{"sub/file", entry_of(good)}});
    Repair repair(request);
    RepairPlan plan = repair.plan(found);
    CHECK(plan.steps.front().is_moved);
    std::vector<Error> failures;
    repair.execute(plan, found, failures);
    CHECK(plan.steps.front().moved_to == aside.path(name));
    CHECK(aside.read(name) == bad);
    CHECK(place.read("sub/file") == good);
    CHECK(place.mode("sub/file") == 0711);
  }
}

TEST_CASE("an interrupted repair leaves the rest as it was") {
  const TempDir place;
  const TempDir source;
  place.write("one", bad);
  place.write("two", bad);
  source.write("good", good);
  Verification found = verified(place, {{"one", entry_of(good)}, {"two", entry_of(good)}});
  std::atomic<bool> cancelled{false};
  RepairRequest request = request_of(place, source);
  request.put.cancelled = &cancelled;
  request.starting = [&](std::string_view path) { cancelled = path == "two"; };
  Repair repair(request);
  RepairPlan plan = repair.plan(found);
  std::vector<Error> failures;
  repair.execute(plan, found, failures);
  CHECK(place.read("one") == good);
  CHECK(place.read("two") == bad);
  CHECK(found.files[0].is_restored);
  CHECK(!found.files[1].is_restored);
  CHECK(place.names() == std::vector<std::string>{"one", "two"});
}

TEST_CASE("a place is neither its own source nor its own quarantine") {
  const TempDir place;
  const TempDir source;
  place.make_dir("sub");
  CHECK(cause_of(request_of(place, place)) == Cause::usage);
  RepairRequest request = request_of(place, source);
  request.from.push_back({Layout::dir, place.path("sub")});
  CHECK(cause_of(request) == Cause::usage);
  request = request_of(place, source);
  for (const std::string& path : {place.path("aside"), place.path(), source.path("aside")}) {
    request.quarantine = path;
    CHECK(cause_of(request) == Cause::usage);
  }
}
