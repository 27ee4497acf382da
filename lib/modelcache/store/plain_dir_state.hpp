// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a PlainDirSource knows of its directory; for its own sources only. Promise: looked at once, when it is
// first needed.

#include "modelcache/base/dir.hpp"
#include "modelcache/format/manifest.hpp"
#include "modelcache/store/content_naming.hpp"
#include "modelcache/store/local_bookkeeping.hpp"
#include "modelcache/store/plain_dir_source.hpp"
#include "modelcache/store/plain_dir_walk.hpp"

#include <map>
#include <mutex>

namespace modelcache {

struct PlainDirSource::State {
  struct File {
    Status status;
    std::optional<LocalMetadata> metadata = {};
    std::string flaw = {};  // why its content cannot be had
  };

  State(const std::string& path, PlainDirOptions given);

  RepoId repo() const;
  // The directory as it was found, and the commit where no content has to be read for it.
  const Snapshot& found();
  const std::vector<std::string>& refs() const { return refs_; }
  void identify(Snapshot& snapshot, const IdentifyOptions& how);
  std::optional<std::string> lacks(const Entry& entry);
  std::uint64_t remove(const Moved& moved);

  Dir dir;
  LocalBookkeeping bookkeeping{dir};
  PlainDirOptions options;
  std::map<RelPath, File, std::less<>> files;

 private:
  void read();
  void read_manifest();
  void walk();
  bool is_beside(const FoundFile& file) const;
  std::string noted_commit() const;
  Entry entry_of(const RelPath& path, const File& file) const;
  bool shows_modes() const;
  FileMode mode_of(const RelPath& path, const File& file) const;

  bool is_trusted(const RelPath& path, const File& file) const;
  bool agrees(const Entry& entry) const;
  void decide(Snapshot& snapshot) const;
  void keep_commit(Snapshot& snapshot) const;
  void make_commit(Snapshot& snapshot) const;
  void note_changes(Snapshot& snapshot) const;

  std::vector<std::size_t> unnamed(const Snapshot& snapshot) const;
  std::optional<HashKind> told_kind(const Entry& entry) const;
  bool is_selective() const;
  LfsRule rule() const;
  void name_contents(Snapshot& snapshot, const IdentifyOptions& how);
  void check_manifest(Snapshot& snapshot, const IdentifyOptions& how);
  void check_against(const ManifestEntry& wanted, Snapshot& snapshot, const Entry& entry,
                     const IdentifyOptions& how);

  std::once_flag once_;
  bool shows_modes_ = true;  // whether an executable bit means something here
  ParsedDirectoryRecord record_;
  std::optional<Manifest> manifest_;
  std::optional<Status> manifest_status_;
  std::string commit_;  // that the notes tell, or the user; may be empty
  std::optional<TreeListing> listing_;
  std::vector<std::string> refs_;
  std::optional<Snapshot> found_;
};

}  // namespace modelcache
