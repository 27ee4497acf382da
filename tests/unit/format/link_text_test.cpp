// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/link_text.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;

namespace {

const std::string sha1 = "9e26dfeeb6e641a33dae4961196235bdb965b21b";
const std::string sha256 = "de536dafcba6e8e240f8c7ec0d368a53f15aedc9c3072076ae6c405e29d4bf8e";
const std::string md5 = "0123456789abcdef0123456789abcdef";
const RepoLocation repo = {"models--org--demo", {"/cache/models--org--demo", "/alias/hub/models--org--demo"}};

}  // namespace

TEST_CASE("links have the text that clients write") {
  CHECK(snapshot_link_text(0, sha1) == "../../blobs/" + sha1);
  CHECK(snapshot_link_text(0, sha1).size() == 52);
  CHECK(snapshot_link_text(0, sha256).size() == 76);
  CHECK(snapshot_link_text(2, sha1) == "../../../../blobs/" + sha1);
  CHECK(snapshot_link_text(2, sha1).size() == 58);
}

TEST_CASE("snapshot links are classified by their text") {
  using Form = SnapshotLinkForm;
  struct Case {
    std::string text;
    std::size_t depth;
    Form form;
    std::string blob;
  };
  const std::string here = "models--org--demo/blobs/" + sha1;
  const std::vector<Case> cases = {
      {"../../blobs/" + sha1, 0, Form::blob, sha1},
      {"../../../blobs/" + sha256, 1, Form::blob, sha256},
      {"../../blobs/" + md5 + "-12", 0, Form::blob, md5 + "-12"},
      // leads to the blob, but is not what a client writes
      {"../../blobs/./" + sha1, 0, Form::malformed, sha1},
      {"../../blobs//" + sha1, 0, Form::malformed, sha1},
      {"../../blobs/" + sha1 + "/", 0, Form::malformed, sha1},
      {"./../../blobs/" + sha1, 0, Form::malformed, sha1},
      {"../../refs/../blobs/" + sha1, 0, Form::malformed, sha1},
      {"../../../" + here, 0, Form::malformed, sha1},
      // elsewhere in the repo
      {"../../../blobs/" + sha1, 2, Form::malformed, ""},
      {"other.txt", 0, Form::malformed, ""},
      {"../../refs/main", 0, Form::malformed, ""},
      {"../../blobs", 0, Form::malformed, ""},
      {"../../blobs/a/b", 0, Form::malformed, ""},
      {"../..", 0, Form::malformed, ""},
      {"", 0, Form::malformed, ""},
      {std::string("../../blobs/a\0b", 15), 0, Form::malformed, ""},
      {std::string(4097, 'a'), 0, Form::malformed, ""},
      // names that are no contents
      {"../../blobs/" + sha1 + ".0a1b2c3d.incomplete", 0, Form::malformed, ""},
      {"../../blobs/.x", 0, Form::malformed, ""},
      {"../../blobs/a b", 0, Form::malformed, ""},
      {"../../blobs/..", 0, Form::malformed, ""},
      // out of the repo
      {"../../../blobs/" + sha1, 0, Form::escapes, ""},
      {"../../../models--other--x/blobs/" + sha1, 0, Form::escapes, ""},
      {"../../../../../etc/passwd", 0, Form::escapes, ""},
      {"../../../models--org--demo/refs/main", 0, Form::escapes, ""},
      {"/etc/passwd", 0, Form::escapes, ""},
      {"/", 0, Form::escapes, ""},
      // absolute
      {"/cache/" + here, 0, Form::absolute, sha1},
      {"/alias/hub/" + here, 5, Form::absolute, sha1},
      {"/elsewhere/" + here, 0, Form::escapes, sha1},
      {"/cache/models--org--demo/blobs/../refs/main", 0, Form::escapes, ""},
      {"/cache/models--org--demo/blobs/x/../" + sha1, 0, Form::escapes, sha1},
      {"/cache/models--org--demo/blobs/", 0, Form::escapes, ""},
      {"/cache/models--org--demo/blobs/x.incomplete", 0, Form::escapes, ""},
      // relative to the directory that an old client ran in
      {"tmp/x/" + here, 0, Form::working_dir, sha1},
      {here, 3, Form::working_dir, sha1},
      {"../x/" + here, 0, Form::working_dir, sha1},
      {"../../../../x/" + here, 0, Form::working_dir, sha1},
      {"tmp/models--other--x/blobs/" + sha1, 0, Form::malformed, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text, c.depth);
    const SnapshotLink link = classify_snapshot_link(c.text, c.depth, repo);
    CHECK(link.form == c.form);
    CHECK(link.blob == c.blob);
  }
}

TEST_CASE("a link into the shared store has exactly one form") {
  CHECK(shared_link_text(sha256) == "../../blobs/de/" + sha256);
  CHECK(shared_payload_of(shared_link_text(sha256)) == sha256);
  for (const std::string& text :
       {std::string(), "../../blobs/" + sha256, "../../blobs/dd/" + sha256, "../../blobs/de/" + sha256 + "/",
        "../../blobs/de/" + sha256.substr(1), "../../blobs/de/" + sha256 + "0", "../blobs/de/" + sha256,
        "../../../blobs/de/" + sha256, "../../blobs/DE/DE" + sha256.substr(2), "/../../blobs/de/" + sha256,
        "../../blobs/de." + sha256, "../../blobz/de/" + sha256}) {
    CAPTURE(text);
    CHECK_FALSE(shared_payload_of(text));
  }
}

TEST_CASE("blob names are plain components, and their form says what they prove") {
  CHECK(blob_name_kind(sha1) == BlobNameKind::git_sha1);
  CHECK(blob_name_kind(sha256) == BlobNameKind::sha256);
  CHECK(blob_name_kind(md5) == BlobNameKind::md5);
  CHECK(blob_name_kind(md5 + "-12") == BlobNameKind::other);
  CHECK(blob_name_kind("9E26DFEEB6E641A33DAE4961196235BDB965B21B") == BlobNameKind::other);
  CHECK(blob_name_kind("") == BlobNameKind::other);
  for (const std::string& name : {sha1, sha256, md5, md5 + "-12", std::string("a"), std::string("A_b-c.d"),
                                  std::string(255, 'a'), std::string("abc.incomplete2")}) {
    CAPTURE(name);
    CHECK(is_blob_name(name));
    CHECK(classify_blob_entry(name).kind == BlobEntryKind::blob);
    CHECK(classify_blob_entry(name).etag == name);
  }
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string(".a"), std::string("a/b"),
        std::string("a b"), std::string("a\n"), std::string("a\0", 2), std::string("\xc3\xa4"),
        std::string(256, 'a'), std::string("a\\b"), std::string("W\"x\"")}) {
    CAPTURE(name);
    CHECK_FALSE(is_blob_name(name));
    CHECK(classify_blob_entry(name).kind == BlobEntryKind::unknown);
  }
}

TEST_CASE("what clients leave in blobs/ beside contents is told apart") {
  using Kind = BlobEntryKind;
  struct Case {
    std::string name;
    Kind kind;
    std::string etag;
  };
  const std::vector<Case> cases = {
      {sha1 + ".0a1b2c3d.incomplete", Kind::partial, sha1},
      {sha1 + ".incomplete", Kind::partial, sha1},
      {sha1 + ".part", Kind::partial, sha1},
      {sha1 + ".sync.part", Kind::partial, sha1},
      {sha1 + ".downloadInProgress", Kind::partial, sha1},
      {sha1 + ".0a1b2c3.incomplete", Kind::partial, sha1 + ".0a1b2c3"},
      {"0a1b2c3d.incomplete", Kind::partial, "0a1b2c3d"},
      {sha1 + ".lock", Kind::lock, sha1},
      {"tmp_01234567-89ab-cdef-0123-456789abcdef", Kind::probe, ""},
      {"." + sha1 + ".0a1b2c3d.new", Kind::staged, sha1},
      {"." + sha1 + ".0a1b2c3d.shared", Kind::staged, sha1},
      {"." + sha1 + ".0a1b2c3d.old", Kind::replaced, sha1},
      {".incomplete", Kind::unknown, ""},
      {".0a1b2c3d.incomplete", Kind::unknown, ""},
      {"a b.incomplete", Kind::unknown, ""},
      {"x.incomplete.incomplete", Kind::unknown, ""},
      {"tmp_0", Kind::unknown, ""},
      {"tmp_01234567-89ab-cdef-0123-456789abcdeg", Kind::unknown, ""},
      {"." + sha1 + ".new", Kind::unknown, ""},
      {"." + sha1 + ".0a1b2c3d.other", Kind::unknown, ""},
      {"..0a1b2c3d.new", Kind::unknown, ""},
      {sha1 + ".etag", Kind::unknown, ""},
      {sha1 + ".refs", Kind::unknown, ""},
      {sha1 + ".tmp", Kind::unknown, ""},
      {".DS_Store", Kind::unknown, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const BlobEntry entry = classify_blob_entry(c.name);
    CHECK(entry.kind == c.kind);
    CHECK(entry.etag == c.etag);
    CHECK_FALSE(is_blob_name(c.name));
  }
}
