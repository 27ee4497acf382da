// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names in blobs/ and the texts of links in a hub cache, as text: no file is looked at. Promise: a name that
// passes is_blob_name() is one plain component, and a link is `blob` only in the form that clients write.
//
//   REPO/snapshots/<rev>/<path>  ->  ../../blobs/<blob name>              one more ../ per directory of
//   <path> REPO/blobs/<sha256>          ->  ../../blobs/<2 hex>/<64 hex>         into the shared store of the
//   cache

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

// --- names in REPO/blobs

// Whether `name` can be a content: 1 to 255 of 0-9 A-Z a-z . _ -, no dot in front, and not the name that some
// client gives to a partial download, a lock or a probe.
bool is_blob_name(std::string_view name);

// What a blob's name says about its bytes, in lower-case hexadecimal.
enum class BlobNameKind : std::uint8_t {
  git_sha1,  // 40 digits: of "blob <size>\0" and the bytes
  sha256,    // 64 digits; one client in some cases writes a xet hash, which looks the same
  md5,       // 32 digits, written by one vendor's tools
  other,     // proves nothing
};
BlobNameKind blob_name_kind(std::string_view name);

enum class BlobEntryKind : std::uint8_t {
  blob,      // is_blob_name()
  partial,   // <etag>.<8 hex>.incomplete, <etag>.incomplete, .part, .sync.part, .downloadInProgress
  lock,      // <etag>.lock: held with flock while <etag>.part grows
  probe,     // tmp_<uuid>: an empty file that shows the umask
  staged,    // .<etag>.<8 hex>.new, .shared: about to be renamed over <etag>
  replaced,  // .<etag>.<8 hex>.old: the former <etag>, sometimes its only good copy
  unknown,   // none of these
};
struct BlobEntry {
  BlobEntryKind kind = BlobEntryKind::unknown;
  std::string etag;  // a valid blob name; empty for probe and unknown
};
// `name` is one directory entry of REPO/blobs.
BlobEntry classify_blob_entry(std::string_view name);

// --- links in REPO/snapshots/<rev>

// For a file with `depth` directories above it inside the revision (RelPath::depth).
std::string snapshot_link_text(std::size_t depth, std::string_view blob_name);

// Where a repo's directory is, to judge absolute links by their text.
struct RepoLocation {
  std::string folder;              // "models--org--name"
  std::vector<std::string> paths;  // absolute, plain (no "//", "." or ".."): each known spelling
};

enum class SnapshotLinkForm : std::uint8_t {
  blob,         // exactly snapshot_link_text(depth, blob)
  absolute,     // a path that lies, by its text, in this repo's blobs/
  working_dir,  // relative, leads elsewhere but ends in <folder>/blobs/<name>: clients 0.13 wrote links
                // relative to the directory that they ran in
  escapes,      // leads out of the repo
  malformed,    // empty, over 4096 bytes, with a NUL, or to anything else inside the repo
};
struct SnapshotLink {
  SnapshotLinkForm form = SnapshotLinkForm::malformed;
  // The blob of this repo that the text names, always a valid blob name. Also set for a malformed text
  // that leads to blobs/<name> all the same, and for an escaping one that ends in <folder>/blobs/<name>,
  // which is not read through. A link counts as a use of that blob whatever its form; empty when it names
  // none.
  std::string blob;

  // Whether clients that open the link reach `blob`.
  bool reads_through() const;
};
SnapshotLink classify_snapshot_link(std::string_view text, std::size_t depth, const RepoLocation& repo);

// --- links in REPO/blobs

// The 64 hex digits of "../../blobs/<2 hex>/<64 hex>" where the 2 are the first of the 64; nothing for any
// other text. Views `text`.
std::optional<std::string_view> shared_payload_of(std::string_view text);
// The text of a link to that payload. `hash` is 64 lower-case hexadecimal digits.
std::string shared_link_text(std::string_view hash);

}  // namespace modelcache
