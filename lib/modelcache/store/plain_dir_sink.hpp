// SPDX-License-Identifier: Apache-2.0
#pragma once

// Writes one revision as a plain directory of files:
//
//   DIR/<path>                                     the files
//   DIR/.cache/huggingface                         what is noted of them (store/local_bookkeeping.hpp)
//   DIR/.cache/huggingface/modelcache.tmp/files    where contents wait, when DIR was there already
//   DIR/SHA256SUMS                                 where it is asked for
//
// Promise: a new directory appears whole or not at all (store/new_directory.hpp). In one that was there, an
// equal file stays as it is and another one is replaced only where that is asked for; a name appears there
// only when its content is on disk.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/store/new_directory.hpp"
#include "modelcache/store/plain_dir_notes.hpp"
#include "modelcache/store/root_owner.hpp"
#include "modelcache/store/store.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace modelcache {

struct PlainDirSinkOptions {
  ForeignRoot foreign_root = ForeignRoot::refused;
  Metadata metadata = Metadata::written;
  Checksums checksums = Checksums::none;
};

class PlainDirSink final : public Sink {
 public:
  // `path` need not exist. Throws Error(usage) when it is no directory, Error(refused) when it is a
  // stranger's and that is not allowed.
  PlainDirSink(const std::string& path, PlainDirSinkOptions options);
  ~PlainDirSink() override;

  std::string path_of(const Snapshot& snapshot) const override;
  std::string address(const Entry& entry) const override { return entry.path.bytes(); }
  // By what is noted, where that still holds for the file, else by the bytes. Throws Error(refused) for a
  // path that git or the clients would take for their own.
  bool holds(const RepoId& repo, const Entry& entry, const PutOptions& options) override;
  bool is_blocked(const RepoId& repo, const Entry& entry, const PutOptions& options) override;
  bool shows_file(const RepoId&, std::string_view, const Entry&) override { return false; }
  // This and notes() throw Error(usage) for a second revision, Error(refused) when the directory is noted to
  // hold another repo, unless its files may be replaced, and for a revision that cannot be noted.
  bool is_published(const Publication& publication) override;
  std::vector<std::string> notes(const Publication& publication) const override;
  std::uint64_t free_bytes() const override;
  Method foresee(const Entry& entry, const std::optional<ContentPlace>& place,
                 const PutOptions& options) const override;
  bool proves(const RepoId& repo, const Entry& entry) override;
  // Locks: the directory itself, or the one that grows in its place.
  void prepare(const RepoId& repo, std::chrono::milliseconds wait) override;
  PutResult put(const RepoId& repo, const Entry& entry, Content content, const PutOptions& options) override;
  std::vector<Finding> publish(const Publication& publication) override;

 private:
  Dir nearest_dir() const;
  bool is_growing() const { return fresh_ && !target_; }
  const Dir& here() const { return target_ ? *target_ : fresh_->dir(); }
  const Dir& incoming() const { return is_growing() ? fresh_->dir() : *files_; }
  bool shows(const Dir& dir, const Entry& entry, const PutOptions& options) const;
  void require_fit(const Publication& publication) const;
  void make_staging();
  void drop_staging() noexcept;
  void drop_strays(const Publication& publication) const;
  bool bring_in(const Publication& publication) const;
  std::optional<std::string> checksums(const PlainDirNotes& notes) const;
  bool is_kept(const PlainDirNotes& notes, const std::optional<std::string>& checksums) const;
  std::vector<Finding> write(const Publication& publication);
  template <typename Work>
  auto remembering_refusal(const Work& work) -> decltype(work());

  std::string path_;
  PlainDirSinkOptions options_;
  std::optional<Dir> target_;  // once it is there
  std::unique_ptr<NewDirectory> fresh_;
  std::optional<FileLock> lock_;
  bool is_staged_ = false;                     // something may be there to drop
  std::optional<Dir> parts_;                   // temporaries
  std::optional<Dir> files_;                   // contents on their way into a directory that was there
  mutable std::optional<std::string> commit_;  // the one that was asked for
  PutOptions::Different different_ = PutOptions::Different::kept;
  const std::atomic<bool>* cancelled_ = nullptr;
  std::atomic<bool> is_refused_{false};  // a content was: what grew here is of no use
};

}  // namespace modelcache
