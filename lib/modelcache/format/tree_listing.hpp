// SPDX-License-Identifier: Apache-2.0
#pragma once

// trees/<commit>.json of a hub cache: all files of a commit, as clients since 1.22 keep them. Promise: what
// is read has safe, unique paths and well-formed ids, or it is refused with the reason; what is written is
// byte for byte what the Python client writes.

#include "modelcache/base/digest.hpp"
#include "modelcache/model/rel_path.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

inline constexpr std::size_t tree_listing_limit = std::size_t{64} << 20;  // bytes of JSON
inline constexpr std::size_t deepest_listed_path = 128;                   // directories

struct ListedFile {
  RelPath path;
  std::uint64_t size = 0;            // bytes of the real content
  Digest blob_id;                    // git_sha1: the id in the git tree, of the pointer for a large file
  std::optional<Digest> lfs_sha256;  // a large file's content
  std::optional<std::uint64_t> lfs_size;
  std::string xet_hash;  // 64 hexadecimal digits, or empty

  // What the blob of this file is called, and how long it is.
  const Digest& content() const { return lfs_sha256 ? *lfs_sha256 : blob_id; }
  std::uint64_t content_size() const { return lfs_size.value_or(size); }

  friend bool operator==(const ListedFile&, const ListedFile&) = default;
};

struct TreeListing {
  std::vector<ListedFile> files;  // sorted by path; paths are unique and none is the directory of another

  const ListedFile* find(std::string_view path) const;  // null when it is not listed

  friend bool operator==(const TreeListing&, const TreeListing&) = default;
};

struct ParsedTreeListing {
  std::optional<TreeListing> listing;
  std::string reason;  // where there is no listing: why, with the field; may hold any bytes
};

// Extra keys, any order of keys and any white space are fine. Refused are: more than tree_listing_limit
// bytes, more than 32 levels, anything that is no strict JSON in UTF-8 (so a BOM), duplicate keys, a
// format_version other than 1, sizes that are no unsigned integers up to 2^63-1, ids that are no lower-case
// hexadecimal digits of their length (so masked xet hashes), unsafe paths, paths of over 128 directories, and
// a file that is also a directory.
ParsedTreeListing parse_tree_listing(std::string_view json);

// Puts the files into the order of a TreeListing. Returns why they are none, if so: a path is there twice, or
// is a file and a directory; may hold any bytes.
std::optional<std::string> sort_listed_files(std::vector<ListedFile>& files);

bool is_xet_hash(std::string_view text);  // 64 hexadecimal digits

// Precondition: sorted as TreeListing says. Throws Error(refused) when a path is not UTF-8: such a file
// cannot be listed.
std::string write_tree_listing(const TreeListing& listing);

}  // namespace modelcache
