// SPDX-License-Identifier: Apache-2.0
#pragma once

// One directory in which aistudio-sdk 0.3, or modelscope up to 1.37, has the files of a repo:
//
//   DIR/<path>            the files
//   DIR/.msc .mdl .mv     index, id and version, each as format/msc_index.hpp says
//   DIR/._tmp             partial files, where the directory is a local_dir
//
// Promise: no side file is more than data here and no link is followed; what is written appears at once, .msc
// last.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/format/git_file_ids.hpp"
#include "modelcache/format/lfs_rule.hpp"
#include "modelcache/format/msc_names.hpp"
#include "modelcache/model/repo_id.hpp"
#include "modelcache/store/plain_dir_walk.hpp"
#include "modelcache/store/store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

struct FileToHash {
  RelPath path;
  std::uint64_t size = 0;  // bytes
  bool as_plain = true;    // by its git id
  bool as_large = true;    // by its sha256
};

struct HashedFile : FileHashes {
  bool is_pointer_text = false;  // an LFS pointer stands where its content should
  std::string flaw;              // why there are no hashes; empty when there are
};

struct HashingOptions {
  IdentifyOptions how;
  std::function<void(std::string_view)> starting;  // a file; from any thread; may be empty
  std::function<void(std::uint64_t)> progress;     // bytes since the last call, from any thread; may be empty
};

// What is to be written; nothing: what is there stays.
struct SideTexts {
  std::optional<std::string> mv;
  std::optional<std::string> mdl;
  std::optional<std::string> msc;

  bool is_empty() const { return !mv && !mdl && !msc; }
};

class IndexedDirectory {
 public:
  // Throws Error(not_found) when nothing is there, Error(usage) when it is no directory.
  explicit IndexedDirectory(const std::string& path) : dir_(Dir::open_root(path)) {}

  const std::string& path() const noexcept { return dir_.path(); }

  // ".msc", ".mdl" or ".mv"; nothing when it is not there. Throws Error(refused) for one that is too large.
  std::optional<std::string> side_file(std::string_view name) const;
  // When the index was written, and which file it is; nothing when there is none.
  std::optional<Status> index_status() const { return dir_.find_status(".msc"); }
  // All files but those of the clients, sorted; also links and devices.
  std::vector<FoundFile> files() const;
  // Whose client keeps it, as told by .mv or by partial files beside it.
  std::optional<MscFlavour> flavour() const;
  // The same by its index, else by its path: for an index that proves none of its files, or where there is
  // none.
  std::optional<MscFlavour> likely_flavour(const std::optional<MscIndex>& index,
                                           const std::vector<FoundFile>& found) const;

  // Parallel to `files`; each is read once, several at a time. What is gone, or changes meanwhile, has a
  // flaw. Throws Error(io) for what may not be read, for a failing disk and when cancelled.
  std::vector<HashedFile> hash(const std::vector<FileToHash>& files, const HashingOptions& options) const;
  // Which of the files AI Studio takes for large ones, by the .gitattributes among them.
  LfsRule rule(const std::vector<FoundFile>& found) const;

  // The repo that .mdl names by this id, as the client writes it: the name's dots are masked. Nothing when it
  // names none. A dataset where the directory lies among those of a cache.
  std::optional<RepoId> named_repo(std::string_view mdl_id) const;

  // Throws Error(refused) when it belongs to somebody else.
  void require_own() const;
  // Waits while a running aistudio-sdk has a file of the repo locked. Throws Error(busy) after `wait`.
  void await_clients(std::chrono::milliseconds wait) const;
  // Throws Error(busy), and writes nothing, when the index is not the one that `before` is of any more, or
  // another run of ours writes. Locks: the directory itself.
  void write(const SideTexts& texts, const std::optional<Status>& before) const;

 private:
  FileLock lock_against_others() const;

  Dir dir_;
};

}  // namespace modelcache
