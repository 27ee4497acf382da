// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/blob_batch.hpp"

#include "hf_sink_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

struct Lab {
  TempDir temp;
  Dir blobs = temp.open().make_dirs("blobs");
  Dir staging = temp.open().make_dirs("staging");
};

Entry numbered(int number, std::string& content) {
  content = "content " + std::to_string(number);
  return entry_of("file", content, HashKind::git_sha1);
}

}  // namespace

TEST_CASE("contents wait, are held, and get their names together") {
  const auto count = GENERATE(1, 63, 64, 200);
  const Lab lab;
  BlobBatch batch(lab.staging, lab.blobs);
  std::string content;
  for (int i = 0; i < count; ++i) {
    const Entry entry = numbered(i, content);
    CHECK_FALSE(batch.holds(entry.content->hex(), entry.size));
    CHECK(batch.put(entry, bytes_content(content), {}, Dir::IfExists::keep).written);
    CHECK(batch.holds(entry.content->hex(), entry.size));
    CHECK_FALSE(batch.holds(entry.content->hex(), entry.size + 1));
  }
  CHECK(lab.temp.names("blobs").empty());
  batch.flush();
  CHECK(lab.temp.names("blobs").size() == static_cast<std::size_t>(count));
  CHECK(lab.temp.names("staging/batch").empty());
  for (int i = 0; i < count; ++i) {
    const Entry entry = numbered(i, content);
    CHECK(lab.temp.read("blobs/" + entry.content->hex()) == content);
    CHECK_FALSE(batch.holds(entry.content->hex(), entry.size));
  }
}

TEST_CASE("many contents do not wait for the end") {
  const Lab lab;
  BlobBatch batch(lab.staging, lab.blobs);
  std::string content;
  for (int i = 0; i < 4096; ++i) {
    const Entry entry = numbered(i, content);
    batch.put(entry, bytes_content(content), {}, Dir::IfExists::keep);
  }
  CHECK(lab.temp.names("blobs").size() == 4096);
  const std::string large(BlobBatch::largest_content, 'x');
  for (int i = 0; i < 64; ++i) {
    std::string other = large;
    other.front() = static_cast<char>('0' + i);
    batch.put(entry_of("file", other, HashKind::sha256), bytes_content(other), {}, Dir::IfExists::keep);
  }
  CHECK(lab.temp.names("blobs").size() == 4096 + 64);
}

TEST_CASE("what came meanwhile is kept, what is broken is replaced, wrong bytes never wait") {
  const Lab lab;
  BlobBatch batch(lab.staging, lab.blobs);
  std::string content;
  const Entry entry = numbered(1, content);
  const std::string path = "blobs/" + entry.content->hex();
  batch.put(entry, bytes_content(content), {}, Dir::IfExists::keep);
  lab.temp.write(path, "of a client");
  batch.flush();
  CHECK(lab.temp.read(path) == "of a client");
  batch.put(entry, bytes_content(content), {}, Dir::IfExists::replace);
  batch.flush();
  CHECK(lab.temp.read(path) == content);
  CHECK(thrown_by([&] {
          return batch.put(numbered(2, content), bytes_content("wrong"), {}, Dir::IfExists::keep).written;
        }).cause == Cause::refused);
  batch.flush();
  CHECK(lab.temp.names("blobs").size() == 1);
  CHECK(lab.temp.names("staging/batch").empty());
}
