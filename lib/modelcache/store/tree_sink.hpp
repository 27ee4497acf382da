// SPDX-License-Identifier: Apache-2.0
#pragma once

// Writes the trees of AI Studio and ModelScope, whose clients keep plain files under the paths of the repo
// (store/tree_repos.hpp draws them). Promise: a new directory appears whole, with what is noted of it; in one
// that was there each file is replaced at once, and no note is ever about another content than the file has.
//
// Contents wait in one directory beside the repo (store/tree_staging.hpp), which goes when all is done.

#include "modelcache/store/root_owner.hpp"
#include "modelcache/store/store.hpp"
#include "modelcache/store/tree_options.hpp"
#include "modelcache/store/tree_rules.hpp"
#include "modelcache/store/tree_staging.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace modelcache {

class TreeSink final : public Sink {
 public:
  // `root` need not exist; prepare() makes it. Throws Error(refused) when it belongs to somebody else and
  // that is not allowed.
  TreeSink(const std::string& root, TreeOptions options, ForeignRoot foreign_root);
  ~TreeSink() override;

  std::string path_of(const Snapshot& snapshot) const override;
  bool keeps_one_revision(const RepoId& repo) override;
  bool needs_last_commits(const RepoId& repo) override;
  std::string address(const Entry& entry) const override;
  bool shares_between_addresses() const override { return true; }
  // By what is noted where that still holds for the file, else by the bytes. Throws Error(refused) for a path
  // that the clients would take for their own.
  bool holds(const RepoId& repo, const Entry& entry, const PutOptions& options) override;
  bool shows_file(const RepoId&, std::string_view, const Entry&) override { return false; }
  bool is_published(const Publication& publication) override;
  // Throws Error(refused) for what the layout cannot express.
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

  OpenRepo& open(const RepoId& repo) const;
  OpenRepo& prepared(const RepoId& repo) const;
  bool shows(const OpenRepo& open, const std::string& folder, const Dir& dir, const Entry& entry) const;
  std::vector<std::size_t> missing(const OpenRepo& open, const std::string& folder, const Dir& dir,
                                   const Publication& publication) const;
  void place(OpenRepo& open, const Entry& entry, const Dir& parent, Dir::IfExists if_exists) const;
  void make_folder(OpenRepo& open, const std::string& folder, const Publication& publication,
                   std::vector<Finding>& findings) const;
  void fill_folder(OpenRepo& open, const std::string& folder, const Publication& publication,
                   std::vector<Finding>& findings) const;
  Dir nearest_dir() const;

  std::string root_path_;
  TreeOptions options_;
  std::optional<Dir> root_;
  mutable std::unique_ptr<OpenRepo> repo_;  // the one asked about last
  PutOptions put_;                          // as asked for last: how a file is judged
};

}  // namespace modelcache
