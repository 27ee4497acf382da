// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is noted beside the files of a plain directory, by the hub's clients and by us:
//
//   DIR/.cache/huggingface/.gitignore                "*", no newline
//   DIR/.cache/huggingface/CACHEDIR.TAG
//   DIR/.cache/huggingface/download/<path>.metadata  commit, etag and time of one file
//   DIR/.cache/huggingface/trees/<commit>.json       the listing of the commit
//   DIR/.cache/huggingface/modelcache.json           ours: repo, commit, refs, modes
//   DIR/.cache/huggingface/modelcache.tmp            where we stage; gone when a run ends
//
// Promise: what is malformed is as good as absent and stays as it is; what says the same is not written
// again.

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/dir.hpp"
#include "modelcache/format/directory_record.hpp"
#include "modelcache/format/local_metadata.hpp"
#include "modelcache/format/tree_listing.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

class LocalBookkeeping {
 public:
  static constexpr std::string_view path = ".cache/huggingface";
  static constexpr std::string_view staging_path = ".cache/huggingface/modelcache.tmp";

  // `directory` outlives this.
  explicit LocalBookkeeping(const Dir& directory) : directory_(directory) {}

  // Neither a record nor a reason: there is no file.
  ParsedDirectoryRecord record() const;
  std::optional<LocalMetadata> metadata(const RelPath& file) const;
  ParsedTreeListing listing(const std::string& commit) const;
  // Whether .gitignore and CACHEDIR.TAG are there.
  bool has_marks() const;

  // These write. `staging` is below the directory; `sync` says who makes it durable. A file whose name is too
  // long for a metadata file gets none.
  void write_marks(const Dir& staging, AtomicFile::NameSync sync) const;
  void write_metadata(const Dir& staging, const RelPath& file, const LocalMetadata& metadata,
                      AtomicFile::NameSync sync) const;
  void write_listing(const Dir& staging, const std::string& commit, const TreeListing& listing,
                     AtomicFile::NameSync sync) const;
  void write_record(const Dir& staging, const DirectoryRecord& record, AtomicFile::NameSync sync) const;

  // Takes away what is noted of one file.
  void forget(const RelPath& file) const;
  // Takes away all of it, and .cache where nothing else is in it.
  void remove() const;

 private:
  void write(const Dir& staging, const std::string& name, std::string_view text,
             AtomicFile::NameSync sync) const;

  const Dir& directory_;
};

}  // namespace modelcache
