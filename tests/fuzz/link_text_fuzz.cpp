// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/link_text.hpp"

#include "fuzz.hpp"

using namespace modelcache;

namespace {

void check_link(std::string_view text, std::size_t depth) {
  static const RepoLocation repo = {"models--a--b", {"/c/models--a--b"}};
  const SnapshotLink link = classify_snapshot_link(text, depth, repo);
  fuzz::claim(link.blob.empty() || is_blob_name(link.blob), "a named blob has a valid name");
  fuzz::claim((link.form == SnapshotLinkForm::blob) ==
                  (text == snapshot_link_text(depth, link.blob) && !link.blob.empty()),
              "good is exactly what is written");
  if (link.form == SnapshotLinkForm::absolute)
    fuzz::claim(text == "/c/models--a--b/blobs/" + link.blob, "absolute is in this repo's blobs");
  if (link.form == SnapshotLinkForm::working_dir)
    fuzz::claim(!link.blob.empty(), "the old form names a blob");
}

void check_name(std::string_view name) {
  const BlobEntry entry = classify_blob_entry(name);
  fuzz::claim((entry.kind == BlobEntryKind::blob) == is_blob_name(name), "blob is what has a valid name");
  const bool nameless = entry.kind == BlobEntryKind::probe || entry.kind == BlobEntryKind::unknown;
  fuzz::claim(nameless == entry.etag.empty(), "known entries have an etag");
  fuzz::claim(nameless || is_blob_name(entry.etag), "an etag is a valid name");
  if (!is_blob_name(name)) return;
  fuzz::claim(classify_snapshot_link(snapshot_link_text(3, name), 3, {}).form == SnapshotLinkForm::blob,
              "a written link reads back");
}

}  // namespace

// The first byte is the depth.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = fuzz::as_text(data + 1, size - 1);
  check_link(text, data[0] % 8);
  check_name(text);
  const auto payload = shared_payload_of(text);
  if (payload) fuzz::claim(shared_link_text(*payload) == text, "a payload is exactly what is written");
  return 0;
}
