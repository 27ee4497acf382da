// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/directory_record.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"

#include <string>
#include <vector>

using namespace modelcache;
using test::thrown_by;

namespace {

const std::string commit_object =
    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
    "author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nfirst\n";
const std::string commit_text =
    "dHJlZSA0YjgyNWRjNjQyY2I2ZWI5YTA2MGU1NGJmOGQ2OTI4OGZiZWU0OTA0CmF1dGhvciBBIDxhQGI+"
    "IDEgKzAwMDAKY29tbWl0dGVyIEEgPGFAYj4gMSArMDAwMAoKZmlyc3QK";
const std::string commit = "32a7a4388168917cf3333e3b9741cd006814ae07";

DirectoryRecord record() {
  return {RepoId::parse(RepoType::model, "org/name"), commit, {"main", "refs/pr/1"}, {}, {}};
}

std::string json_of(const std::string& members) {
  return R"({"format_version": 1, "repo_type": "model", "repo_id": "org/name", "commit": ")" + commit + "\"" +
         members + "}";
}

struct Refusal {
  std::string json;
  const char* named;  // what the reason must say
};

void check_refused(const std::vector<Refusal>& all) {
  for (const Refusal& one : all) {
    CAPTURE(one.json.substr(0, 300), one.named);
    const auto parsed = parse_directory_record(one.json);
    CHECK_FALSE(parsed.record);
    CAPTURE(parsed.reason);
    CHECK(parsed.reason.find(one.named) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("a record is written in one way and reads back") {
  DirectoryRecord full = record();
  full.commit_object = commit_object;
  full.modes.emplace(*RelPath::parse("a/link"), FileMode::link);
  full.modes.emplace(*RelPath::parse("\xc3\xa4"), FileMode::executable);
  const std::string text =
      "{\n \"format_version\": 1,\n \"repo_type\": \"model\",\n \"repo_id\": \"org/name\",\n"
      " \"commit\": \"" +
      commit +
      "\",\n \"refs\": [\n  \"main\",\n  \"refs/pr/1\"\n ],\n"
      " \"commit_object\": \"" +
      commit_text +
      "\",\n"
      " \"modes\": {\n  \"a/link\": \"120000\",\n  \"\\u00e4\": \"100755\"\n }\n}\n";
  CHECK(write_directory_record(full) == text);
  const auto parsed = parse_directory_record(text);
  CAPTURE(parsed.reason);
  CHECK(parsed.record == full);
}

TEST_CASE("what is not known is left out") {
  DirectoryRecord least = record();
  least.refs.clear();
  const std::string text =
      "{\n \"format_version\": 1,\n \"repo_type\": \"model\",\n \"repo_id\": \"org/name\",\n"
      " \"commit\": \"" +
      commit + "\",\n \"refs\": []\n}\n";
  CHECK(write_directory_record(least) == text);
  CHECK(parse_directory_record(text).record == least);
  CHECK(parse_directory_record(json_of("")).record == least);
}

TEST_CASE("unknown keys, another order and any white space are accepted, and refs are sorted") {
  const std::string text =
      "\r\n{\"x\": [{\"commit\": 1}], \"refs\":[\"refs/pr/1\",\"main\"], \"commit\":\"" + commit +
      "\",\"repo_id\":\"org/name\",\"repo_type\":\"model\", \"y\": null,\"format_version\":1}";
  const auto parsed = parse_directory_record(text);
  CAPTURE(parsed.reason);
  CHECK(parsed.record == record());
}

TEST_CASE("records of every type of repo read back") {
  for (const RepoType type : {RepoType::model, RepoType::dataset, RepoType::space, RepoType::kernel}) {
    DirectoryRecord one = record();
    one.repo = RepoId::parse(type, "gpt2");
    CHECK(parse_directory_record(write_directory_record(one)).record == one);
  }
}

TEST_CASE("a record that breaks a rule is refused by name") {
  const std::string other(40, '0');
  check_refused({
      {"", "JSON"},
      {"[]", "the top level is not an object"},
      {"1", "the top level is not an object"},
      {"{}", "format_version is missing"},
      {R"({"format_version": 2})", "format_version is 2, only 1 is known"},
      {R"({"format_version": "1"})", "format_version is not an unsigned integer"},
      {R"({"format_version": 1})", "repo_type is missing"},
      {R"({"format_version": 1, "repo_type": "model"})", "repo_id is missing"},
      {R"({"format_version": 1, "repo_type": "model", "repo_id": "a/b"})", "commit is missing"},
      {R"({"format_version": 1, "repo_type": "models"})", "repo_type is 'models'"},
      {R"({"repo_type": 1})", "repo_type is not a text"},
      {R"({"repo_id": ["a"]})", "repo_id is not a text"},
      {R"({"repo_id": "../x"})", "the repo_id '../x'"},
      {R"({"repo_id": "a--b"})", "the repo_id 'a--b'"},
      {R"({"repo_id": ""})", "the repo_id ''"},
      {R"({"commit": "main"})", "commit is not 40"},
      {R"({"commit": null})", "commit is not a text"},
      {json_of(R"(, "refs": "main")"), "refs is not an array"},
      {json_of(R"(, "refs": [1])"), "a ref is not a text"},
      {json_of(R"(, "refs": ["../../x"])"), "the ref '../../x'"},
      {json_of(R"(, "refs": ["a.lock"])"), "the ref 'a.lock'"},
      {json_of(R"(, "refs": ["a\u001b"])"), "may not be written"},
      {json_of(R"(, "refs": ["a", "b", "a"])"), "the ref 'a' is there twice"},
      {json_of(R"(, "modes": [])"), "modes is not an object"},
      {json_of(R"(, "modes": {"../x": "120000"})"), "the path '../x' is unsafe"},
      {json_of(R"(, "modes": {"a": "160000"})"), "the mode of 'a' is unknown"},
      {json_of(R"(, "modes": {"a": 120000})"), "the mode of 'a' is unknown"},
      {json_of(R"(, "commit_object": "x y=")"), "commit_object is not base64"},
      {json_of(R"(, "commit_object": {})"), "commit_object is not a text"},
      {json_of(R"(, "commit_object": "")"), "commit_object is not the object of commit"},
      {json_of(R"(, "commit_object": "Zm9v")"), "commit_object is not the object of commit"},
      {json_of(R"(, "known_absent": {})"), "known_absent is not an array"},
      {json_of(R"(, "known_absent": [1])"), "a path of known_absent is not a text"},
      {json_of(R"(, "known_absent": ["../x"])"), "the path '../x' is unsafe"},
      {json_of(R"(, "sha256sums": "abc")"), "sha256sums is not 64"},
      {json_of(R"(, "sha256sums": 1)"), "sha256sums is not a text"},
      {json_of(R"(, "commit": "x")"), "the key 'commit' is there twice"},
      {json_of(", \"x\": \"" + std::string(directory_record_limit, 'x') + "\""), "larger than"},
  });
}

TEST_CASE("what would not be read is not written") {
  DirectoryRecord wrong = record();
  wrong.commit_object = commit_object + "x";
  CHECK(thrown_by([&] { return write_directory_record(wrong); }).cause == Cause::internal);
  DirectoryRecord name = record();
  name.modes.emplace(*RelPath::parse("\xff"), FileMode::link);
  CHECK(thrown_by([&] { return write_directory_record(name); }).cause == Cause::refused);
  DirectoryRecord many = record();
  for (int i = 0; i < 60'000; ++i) many.modes.emplace(*RelPath::parse(std::to_string(i)), FileMode::link);
  CHECK(thrown_by([&] { return write_directory_record(many); }).cause == Cause::refused);
}

TEST_CASE("the hash of the checksums beside the files and what is absent read back") {
  DirectoryRecord sums = record();
  sums.sha256sums = hash_bytes(HashKind::sha256, "x");
  sums.known_absent = {*RelPath::parse("a/b"), *RelPath::parse("c")};
  const std::string text = write_directory_record(sums);
  CHECK(text.ends_with("\"sha256sums\": \"" + sums.sha256sums->hex() + "\"\n}\n"));
  CHECK(parse_directory_record(text).record == sums);
}
