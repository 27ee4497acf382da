// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the files of a revision should be, as somebody else wrote it down. Promise: paths are safe and each
// digest is one that we verify; a text that is not wholly understood is refused, with the line or the field.

#include "modelcache/base/digest.hpp"
#include "modelcache/model/rel_path.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

inline constexpr std::size_t manifest_limit = std::size_t{64} << 20;  // bytes of text

struct ManifestEntry {
  std::optional<Digest> sha256;       // of the content
  std::optional<Digest> blob_id;      // git_sha1: the id in the git tree, of the pointer for a large file
  std::optional<std::uint64_t> size;  // bytes of the content

  friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
};

using Manifest = std::map<RelPath, ManifestEntry>;

// The form is told by the content:
//   {"path": "<sha256>"};
//   model_info or dataset_info with siblings [{rfilename, size, blobId, lfs: {sha256 or oid, size}}];
//   a listing of the hub's, [{type, path, oid, size, lfs: {oid or sha256, size}}], directories left out;
//   trees/<commit>.json of a hub cache;
//   lines of sha256sum, with or without --tag: LF or CRLF, a byte order mark, empty lines and '#' comments
//   are fine, and capital digits too.
// A leading "./" of a path is dropped. `name` is the manifest's own, for messages. Throws Error(refused) for
// anything else: other digests, two different ones for one path, unsafe paths, sizes that are no unsigned
// integers up to 2^63-1, JSON that read_json() refuses, no file at all, more than manifest_limit bytes.
Manifest parse_manifest(std::string_view text, std::string_view name);

// {"path": "<sha256>"} of the entries that have one. Throws Error(refused) for a path that is not UTF-8.
std::string write_manifest_json(const Manifest& manifest);

// The lines that sha256sum writes and `sha256sum -c` accepts, of the entries that have a sha256, in order of
// path bytes.
std::string write_sha256sums(const Manifest& manifest);

}  // namespace modelcache
