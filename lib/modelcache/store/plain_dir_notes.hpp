// SPDX-License-Identifier: Apache-2.0
#pragma once

// Notes beside the files of a directory what they are of, so that clients and dir2cache know. Promise: a note
// is of a file that is there; the record comes last, when all else is on disk.

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/dir.hpp"
#include "modelcache/format/directory_record.hpp"
#include "modelcache/store/local_bookkeeping.hpp"
#include "modelcache/store/plain_dir_walk.hpp"
#include "modelcache/store/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace modelcache {

enum class Metadata { written, left_out };  // --no-metadata
enum class Checksums { none, written };     // --manifest

class PlainDirNotes {
 public:
  static constexpr std::string_view checksums_name = "SHA256SUMS";

  // Throws Error(refused) when it cannot be noted.
  static void require_notable(const Publication& publication);

  // All of them outlive this; `found` is what is there of the present entries.
  PlainDirNotes(const Dir& directory, const Publication& publication, const std::vector<FoundFile>& found,
                Metadata metadata);

  // What SHA256SUMS is to say of the present files; reads those that are not named by their sha256.
  std::string checksums(const std::atomic<bool>* cancelled) const;
  // Whether there is a SHA256SUMS that says something else and that we did not write.
  bool has_foreign_checksums(const std::string& wanted) const;

  // Whether write() would find nothing to do; `checksums` as from above, nothing where none are wanted.
  bool is_done(const std::optional<std::string>& checksums) const;
  // all_by_caller: nothing is durable yet; otherwise all is on return.
  void write(const Dir& staging, const std::optional<std::string>& checksums,
             AtomicFile::NameSync sync) const;

 private:
  DirectoryRecord record(const std::optional<std::string>& checksums) const;
  bool is_noted(std::size_t place, const FoundFile& file) const;
  bool has_listing() const;
  bool has_checksums(const std::string& text) const;

  const Dir& directory_;
  LocalBookkeeping bookkeeping_;
  const Publication& publication_;
  const std::vector<FoundFile>& found_;
  Metadata metadata_;
  ParsedDirectoryRecord known_;
};

}  // namespace modelcache
