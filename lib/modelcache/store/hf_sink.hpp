// SPDX-License-Identifier: Apache-2.0
#pragma once

// Writes a hub cache that the real clients take for their own:
//
//   ROOT/.locks/<folder>/<etag>.lock          the clients' lock on one content
//   ROOT/.locks/<folder>/modelcache.lock      ours, on the repo
//   ROOT/<folder>/blobs/<etag>                contents; <etag>.<8 hex>.incomplete while they come in
//   ROOT/<folder>/snapshots/<commit>/<path>   links "../../blobs/<etag>", or the files themselves (HfForm)
//   ROOT/<folder>/trees/<commit>.json         the listing, only when all files of the commit are known
//   ROOT/<folder>/refs/<name>                 40 bytes, last of all
//   ROOT/<folder>/.modelcache/commits         git's commit objects, where the source knows them
//   ROOT/<folder>/.modelcache/tmp             where we stage; gone when we are done
//
// ROOT itself gets nothing else: even CACHEDIR.TAG makes the scanner of huggingface_hub 0.x warn.
//
// Promise: at every instant a ref names a snapshot that is there, and a link names a blob that is complete.
// What other clients wrote is kept: a content is replaced only when its size proves it broken.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/store/hf_form.hpp"
#include "modelcache/store/root_owner.hpp"
#include "modelcache/store/store.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace modelcache {

class HfSink final : public Sink {
 public:
  // `root` need not exist; prepare() makes it. Throws Error(refused) when it belongs to somebody else (not
  // us, not root) and that is not allowed.
  HfSink(const std::string& root, ForeignRoot foreign_root, HfForm form = HfForm::automatic);
  ~HfSink() override;

  std::string path_of(const Snapshot& snapshot) const override;
  bool holds(const RepoId& repo, const Entry& entry, const PutOptions& options) override;
  bool shows_file(const RepoId& repo, std::string_view commit, const Entry& entry) override;
  bool is_published(const Publication& publication) override;
  std::vector<std::string> notes(const Publication& publication) const override;
  std::uint64_t free_bytes() const override;
  Method foresee(const Entry& entry, const std::optional<ContentPlace>& place,
                 const PutOptions& options) const override;
  bool proves(const RepoId& repo, const Entry& entry) override;
  void prepare(const RepoId& repo, std::chrono::milliseconds wait) override;
  PutResult put(const RepoId& repo, const Entry& entry, Content content, const PutOptions& options) override;
  std::vector<Finding> publish(const Publication& publication) override;
  void finish() override;

 private:
  struct OpenRepo;

  const OpenRepo* find_repo(const RepoId& repo);
  OpenRepo& prepared(const RepoId& repo);
  void drop_staging() noexcept;
  std::optional<PutResult> put_shared(const OpenRepo& open, const Entry& entry, const Content& content,
                                      const PutOptions& options) const;
  Dir nearest_dir() const;  // the root, or what there is of the way to it

  std::string root_path_;
  HfForm form_;
  std::optional<Dir> root_;
  // Files of snapshots that stand for a content, as shows_file() said; relative to the repo's folder.
  std::map<std::pair<RepoId, Digest>, std::set<std::string>> shown_;
  std::unique_ptr<OpenRepo> repo_;  // the one prepared for writing
  std::unique_ptr<OpenRepo> seen_;  // the one looked at last
};

}  // namespace modelcache
