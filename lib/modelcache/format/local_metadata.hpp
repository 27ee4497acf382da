// SPDX-License-Identifier: Apache-2.0
#pragma once

// .cache/huggingface/download/<path>.metadata of a plain directory: what a client downloaded as <path>, and
// when. Promise: what huggingface_hub 2.4.0 accepts is accepted with the same values, and what is written is
// byte for byte what it writes. (0.36.2 fails on a malformed file instead of removing it.)

#include "modelcache/base/digest.hpp"

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// A longer file is malformed without being read in full.
inline constexpr std::size_t local_metadata_limit = 16384;

struct LocalMetadata {
  std::string commit;    // as it stands there, any text
  std::string etag;      // as the server said; any text, proves nothing
  double timestamp = 0;  // Unix time of writing; may be infinite or no number at all

  // The hash that the etag is; nothing for the etag of another kind of server.
  std::optional<Digest> content() const { return Digest::from_blob_name(etag); }
  // Whether the client takes it for true of a file with this mtime; no longer where the file was changed more
  // than a second after.
  bool is_valid_for(const timespec& modified) const;
  // The same without the client's second of grace, which would cover a change right after the download too.
  bool is_as_late_as(const timespec& modified) const;

  friend bool operator==(const LocalMetadata&, const LocalMetadata&) = default;
};

// Unix time as the client reckons with it.
double seconds(const timespec& time);

struct ParsedLocalMetadata {
  std::optional<LocalMetadata> metadata;
  std::string reason;  // where there is none: why
};

// Three lines, each without the white space around it (that of ASCII); further lines do not matter, a line
// ends in LF, CR or both. The time is what Python's float() reads.
ParsedLocalMetadata parse_local_metadata(std::string_view content);

// Throws Error(internal) where it would not read back as it is: the commit or etag holds a line end or has
// white space around it.
std::string write_local_metadata(const LocalMetadata& metadata);

}  // namespace modelcache
