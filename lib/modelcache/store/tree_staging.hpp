// SPDX-License-Identifier: Apache-2.0
#pragma once

// Contents on their way into trees of files, and the trees that grow of them:
//
//   STAGING/contents/<hash>   whole contents; a run that died leaves them to the next one
//   STAGING/trees/<8 hex>     directories that nobody sees yet
//
// Promise: a content has its name here only when its bytes were checked and are on disk.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/store/blob_batch.hpp"
#include "modelcache/store/store.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace modelcache {

class TreeStaging {
 public:
  // Makes the directory `path` below `root`, which outlives this object, or takes over what a run that died
  // left. Locks: the directory. Throws Error(busy) after `wait`.
  TreeStaging(const Dir& root, std::string path, std::chrono::milliseconds wait);
  TreeStaging(const TreeStaging&) = delete;
  TreeStaging& operator=(const TreeStaging&) = delete;
  // Removes it where nothing is in it; contents stay for the next run.
  ~TreeStaging();

  // For temporaries.
  const Dir& parts() const noexcept { return *parts_; }

  bool holds(const Entry& entry) const;
  // Thread-safe; a content that another thread is bringing is waited for.
  PutResult put(const Entry& entry, const Content& content, const PutOptions& options);
  // After it all contents that were put are on disk under their names here.
  void flush();
  // Whether the bytes here are this content; false where nothing is held.
  bool proves(const Entry& entry, const std::atomic<bool>* cancelled);

  // last: the content is not needed here any more, so it moves. Otherwise it gets one more hard link, or is
  // copied where the file system has none. Precondition: it is held. False, with nothing changed, when the
  // name is taken and is to be kept.
  enum class Use { last, one_of_several };
  bool place(const Entry& entry, const Dir& directory, std::string_view name, Use use,
             Dir::IfExists if_exists);

  // An empty directory.
  Dir make_tree(std::string_view name) const;
  // Gives it the name `path` below the root, whose parent is there; false when that is taken.
  bool publish_tree(std::string_view name, std::string_view path) const;

  // Removes all of it.
  void drop() noexcept;

 private:
  PutResult bring(const Entry& entry, const Content& content, const PutOptions& options);
  void tidy() noexcept;

  const Dir& root_;
  std::string path_;
  std::optional<FileLock> lock_;
  std::optional<Dir> dir_;
  std::optional<Dir> contents_;
  std::optional<Dir> parts_;
  std::optional<BlobBatch> batch_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> coming_;  // contents, by their names
};

// `file`, or a link's text, under one more name; a copy where the file system has no hard links. Throws
// Error(io) when neither can be. False when the name is taken and is to be kept.
bool place_again(const Dir& from, std::string_view path, const Entry& entry, const Dir& parts,
                 const Dir& directory, std::string_view name, Dir::IfExists if_exists);

}  // namespace modelcache
