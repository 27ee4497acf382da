// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/blob_writer.hpp"

#include "hf_sink_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

using Link = PutOptions::Link;

// blobs/ and staging/ in one directory, and a source of objects beside them.
struct Lab {
  Lab() {
    dir.make_dir("blobs");
    dir.make_dir("staging");
  }
  PutResult write(const Entry& entry, const Content& content, const PutOptions& options = {},
                  Dir::IfExists if_exists = Dir::IfExists::keep) const {
    const Dir root = dir.open();
    const Dir blobs = root.open_dir("blobs");
    const Dir staging = root.open_dir("staging");
    return write_blob({blobs, entry.content->hex(), staging, if_exists}, entry, content, options);
  }
  bool is_untouched() const { return dir.names("blobs").empty() && dir.names("staging").empty(); }
  std::string blob(const Entry& entry) const { return "blobs/" + entry.content->hex(); }

  TempDir dir;
};

PutOptions options_of(Link link, PutOptions::Verify verify = PutOptions::Verify::full) {
  PutOptions options;
  options.link = link;
  options.verify = verify;
  return options;
}

bool may_share_blocks(const Lab& lab, const Entry& entry) {
  return !thrown_by([&] {
            return lab.write(entry, file_content(lab.dir, "object"), options_of(Link::reflink));
          }).cause;
}

const std::string text = "the content";

}  // namespace

TEST_CASE("the caller says name and mode, and that many are made durable at once") {
  const Lab lab;
  const Entry entry = entry_of("a", text, HashKind::sha256);
  const Dir root = lab.dir.open();
  const Dir blobs = root.open_dir("blobs");
  const Dir staging = root.open_dir("staging");
  const BlobTarget target{
      blobs, "run.sh", staging, Dir::IfExists::keep, 0777, AtomicFile::NameSync::all_by_caller};
  CHECK(write_blob(target, entry, bytes_content(text), {}).written);
  CHECK(lab.dir.read("blobs/run.sh") == text);
  CHECK((blobs.status("run.sh").mode & 0100) == 0100);
  CHECK(blobs.names() == std::vector<std::string>{"run.sh"});
}

TEST_CASE("a content comes in from bytes, from a store and from a person's file") {
  const Lab lab;
  const Entry entry = entry_of("a", text, GENERATE(HashKind::git_sha1, HashKind::sha256));
  lab.dir.write("object", text);
  const auto from = GENERATE(0, 1, 2);
  const auto link = GENERATE(Link::automatic, Link::copy);
  const Content content =
      from == 0 ? bytes_content(text)
                : file_content(lab.dir, "object",
                               from == 1 ? Content::Origin::store : Content::Origin::working_file);
  const PutResult result = lab.write(entry, content, options_of(link));
  CHECK(result.written);
  if (link == Link::copy || from == 0) CHECK(result.method == Method::copy);
  CHECK(result.bytes == (result.method == Method::copy ? text.size() : 0));
  CHECK(lab.dir.names("blobs") == Strings{entry.content->hex()});
  CHECK(lab.dir.read(lab.blob(entry)) == text);
  CHECK(lab.dir.status(lab.blob(entry)).st_nlink == 1);
  CHECK(lab.dir.names("staging").empty());
}

TEST_CASE("bytes that are not the content are refused by name, and nothing appears") {
  const Lab lab;
  const auto wrong = GENERATE(as<std::string>(), "The content", "the content!", "the conten", "");
  const auto kind = GENERATE(HashKind::git_sha1, HashKind::sha256);
  const auto link = GENERATE(Link::automatic, Link::copy, Link::hardlink, Link::symlink);
  const Entry entry = entry_of("a", text, kind);
  lab.dir.write("object", wrong);
  const Thrown from_file =
      thrown_by([&] { return lab.write(entry, file_content(lab.dir, "object"), options_of(link)); });
  CHECK(from_file.cause == Cause::refused);
  CHECK(from_file.message.find(lab.dir.path("object")) != std::string::npos);
  CHECK(thrown_by([&] { return lab.write(entry, bytes_content(wrong), options_of(link)); }).cause ==
        Cause::refused);
  CHECK(lab.is_untouched());
  CHECK(lab.dir.read("object") == wrong);
}

TEST_CASE("with sizes alone verified, another size is refused however the content comes in") {
  const Lab lab;
  const auto link = GENERATE(Link::automatic, Link::copy, Link::hardlink, Link::symlink);
  const Entry entry = entry_of("a", text, HashKind::sha256);
  lab.dir.write("object", "the conten");
  const PutOptions options = options_of(link, PutOptions::Verify::size);
  CHECK(thrown_by([&] { return lab.write(entry, file_content(lab.dir, "object"), options); }).cause ==
        Cause::refused);
  CHECK(lab.is_untouched());
  lab.dir.write("object", "the CONTENT");
  CHECK(lab.write(entry, file_content(lab.dir, "object"), options).written);
  CHECK(lab.dir.names("blobs") == Strings{entry.content->hex()});
}

TEST_CASE("what is there is kept or replaced as the caller says") {
  const Lab lab;
  const Entry entry = entry_of("a", text, HashKind::sha256);
  const auto link = GENERATE(Link::copy, Link::hardlink, Link::symlink);
  lab.dir.write("object", text);
  lab.dir.write(lab.blob(entry), "before");
  CHECK_FALSE(lab.write(entry, file_content(lab.dir, "object"), options_of(link)).written);
  CHECK(lab.dir.read(lab.blob(entry)) == "before");
  CHECK(lab.write(entry, file_content(lab.dir, "object"), options_of(link), Dir::IfExists::replace).written);
  CHECK(lab.dir.read(lab.blob(entry)) == text);
  CHECK(lab.dir.names("blobs").size() == 1);
  CHECK(lab.dir.names("staging").empty());
}

TEST_CASE("a hard link is the object itself, a person's file is never hard-linked") {
  const Lab lab;
  const Entry entry = entry_of("a", text, HashKind::sha256);
  lab.dir.write("object", text);
  const PutResult result = lab.write(entry, file_content(lab.dir, "object"), options_of(Link::hardlink));
  CHECK(result.method == Method::hardlink);
  CHECK(result.bytes == 0);
  CHECK(lab.dir.status(lab.blob(entry)).st_ino == lab.dir.status("object").st_ino);
  const Entry other = entry_of("b", "their own");
  lab.dir.write("file", "their own");
  const Content file = file_content(lab.dir, "file", Content::Origin::working_file);
  CHECK(lab.write(other, file, options_of(Link::hardlink)).method != Method::hardlink);
  CHECK(lab.dir.status("file").st_nlink == 1);
}

TEST_CASE("a hard link that the kernel refuses becomes a copy") {
  const Lab lab;
  const TempDir elsewhere("/dev/shm");
  const Entry entry = entry_of("a", text, HashKind::sha256);
  elsewhere.write("object", text);
  REQUIRE(elsewhere.status("object").st_dev != lab.dir.status("blobs").st_dev);
  const PutResult result = lab.write(entry, file_content(elsewhere, "object"), options_of(Link::hardlink));
  CHECK(result.method == Method::copy);
  CHECK(result.bytes == text.size());
  CHECK(lab.dir.read(lab.blob(entry)) == text);
}

TEST_CASE("a symbolic link leads to the object, and is made for stores only") {
  const Lab lab;
  const Entry entry = entry_of("a", text, HashKind::sha256);
  lab.dir.write("object", text);
  CHECK(lab.write(entry, file_content(lab.dir, "object"), options_of(Link::symlink)).method ==
        Method::symlink);
  CHECK(lab.dir.read_link(lab.blob(entry)) == lab.dir.path("object"));
  const Entry other = entry_of("b", "their own");
  lab.dir.write("file", "their own");
  const Content file = file_content(lab.dir, "file", Content::Origin::working_file);
  CHECK(lab.write(other, file, options_of(Link::symlink)).method != Method::symlink);
  CHECK(lab.dir.read(lab.blob(other)) == "their own");
  CHECK(lab.write(entry_of("c", "bytes"), bytes_content("bytes"), options_of(Link::symlink)).method ==
        Method::copy);
}

TEST_CASE("a demanded reflink shares blocks or fails with nothing left") {
  const Lab lab;
  const Entry entry = entry_of("a", text, HashKind::sha256);
  lab.dir.write("object", text);
  if (may_share_blocks(lab, entry)) {
    CHECK(lab.dir.read(lab.blob(entry)) == text);
    CHECK(lab.dir.status(lab.blob(entry)).st_ino != lab.dir.status("object").st_ino);
  } else {
    CHECK(thrown_by([&] {
            return lab.write(entry, file_content(lab.dir, "object"), options_of(Link::reflink));
          }).cause == Cause::io);
    CHECK(lab.is_untouched());
  }
}

TEST_CASE("a wish to stop ends a transfer with nothing left") {
  const Lab lab;
  const std::string large(3 << 20, 'x');
  const Entry entry = entry_of("a", large, HashKind::sha256);
  lab.dir.write("object", large);
  const std::atomic<bool> cancelled{true};
  PutOptions options = options_of(GENERATE(Link::copy, Link::hardlink, Link::symlink));
  options.cancelled = &cancelled;
  const Thrown thrown = thrown_by([&] { return lab.write(entry, file_content(lab.dir, "object"), options); });
  CHECK(thrown.cause == Cause::io);
  CHECK(thrown.error_number == EINTR);
  CHECK(lab.is_untouched());
}

TEST_CASE("an empty content is a content") {
  const Lab lab;
  const Entry entry = entry_of("empty", "");
  lab.dir.write("object", "");
  CHECK(lab.write(entry, file_content(lab.dir, "object")).written);
  CHECK(lab.dir.status("blobs/e69de29bb2d1d6434b8b29ae775ad8c2e48c5391").st_size == 0);
}
