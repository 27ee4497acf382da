// SPDX-License-Identifier: Apache-2.0
#pragma once

// A Source and a Sink in memory, for tests of what stands between them. Promise: they do what the interfaces
// say, keep a record of what was asked of them, and fail only where a test tells them to.

#include "modelcache/store/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache::test {

struct MemoryFile {
  std::string path;
  std::string content;
  HashKind kind = HashKind::git_sha1;

  Entry entry() const;
};

class MemorySource final : public Source {
 public:
  std::map<std::string, std::vector<MemoryFile>> commits;  // files sorted by path
  std::vector<NamedCommit> known_names;                    // sorted
  std::string head;                                        // the name that the source is at
  std::string branch;
  std::set<std::string> lacking;                // contents, as text, that cannot be had
  std::map<std::string, std::string> replaced;  // contents that turn out to be something else
  std::function<void(const Entry&)> opening;    // before each content is given; may throw
  std::vector<std::string> removed;             // first paths
  std::vector<Finding> findings;                // of each snapshot
  bool tells_contents = true;                   // false: only identify() does, and the commit with them
  std::vector<MovedRevision> moved_revisions;   // of the last remove()

  std::vector<RepoId> repos() override;
  std::vector<NamedCommit> names(const RepoId& repo) override;
  Selected select(const RepoId& repo, std::string_view revision) override;
  std::string default_branch(const RepoId& repo) override;
  Snapshot snapshot(const RepoId& repo, std::string_view revision) override;
  void identify(const RepoId& repo, Snapshot& snapshot, const IdentifyOptions& options) override;
  std::optional<std::string> lacks(const RepoId& repo, const Entry& entry) override;
  Content open(const RepoId& repo, const Entry& entry) override;
  std::vector<Finding> left_out(const RepoId&) override { return {}; }
  std::optional<ContentPlace> place(const RepoId&, const Entry&) override { return ContentPlace{}; }
  Freed remove(const RepoId& repo, const Moved& moved) override;

 private:
  std::string commit_of(std::string_view revision) const;
  std::string content_of(const Entry& entry) const;
};

class MemorySink final : public Sink {
 public:
  std::map<Digest, std::string> contents;
  std::map<std::string, Publication> published;  // by commit
  std::map<std::string, std::string> refs;
  std::vector<std::string> record;  // "prepare", "put <path>", "publish <commit>", in order
  std::uint64_t free = UINT64_MAX;
  std::uint64_t extra = 0;  // what publish() says it will write
  bool reflinks = false;
  bool by_path = false;                       // an address for each path, as in a directory
  std::set<std::string> blocked;              // paths where something else is
  std::vector<std::string> losses;            // what notes() says
  std::function<void(const Entry&)> putting;  // before each put; may throw
  std::vector<Finding> findings;              // of each publication

  std::string path_of(const Snapshot& snapshot) const override;
  std::string address(const Entry& entry) const override;
  bool holds(const RepoId& repo, const Entry& entry, const PutOptions& options) override;
  bool is_blocked(const RepoId& repo, const Entry& entry, const PutOptions& options) override;
  std::vector<std::string> notes(const Publication&) const override { return losses; }
  bool shows_file(const RepoId&, std::string_view, const Entry&) override { return false; }
  bool is_published(const Publication& publication) override;
  std::uint64_t free_bytes() const override { return free; }
  Method foresee(const Entry& entry, const std::optional<ContentPlace>& place,
                 const PutOptions& options) const override;
  std::uint64_t extra_bytes(const Publication&) const override { return extra; }
  bool proves(const RepoId& repo, const Entry& entry) override;
  void prepare(const RepoId& repo, std::chrono::milliseconds wait) override;
  PutResult put(const RepoId& repo, const Entry& entry, Content content, const PutOptions& options) override;
  // Throws std::logic_error when a present entry is not held.
  std::vector<Finding> publish(const Publication& publication) override;

 private:
  std::mutex mutex_;
};

}  // namespace modelcache::test
