// SPDX-License-Identifier: Apache-2.0
#pragma once

// Takes revisions out of a repo of a hub cache, beside running clients. Promise: at every instant a ref names
// a snapshot and a snapshot its contents; what a client came to use meanwhile stays or is put back; a repo of
// which not everything can be read loses nothing.
//
//   REPO/.modelcache/trash/<commit>   a snapshot that was renamed aside; goes last, since it tells what to
//   free REPO/.modelcache/trash/<etag>     a content that is parked: looked for once more after the settle
//   time,
//                                     then freed or put back
//
// Order: refs, snapshots, what clients keep beside them, contents. What a killed run left is finished by the
// next one.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/store/inventory.hpp"
#include "modelcache/store/store.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace modelcache {

class HfRemoval {
 public:
  // `root` outlives this object. Locks: the repo, against other programs of ours, while this object lives.
  // Throws Error(busy) after `wait`.
  HfRemoval(const Dir& root, const RepoId& repo, std::chrono::milliseconds wait,
            std::chrono::milliseconds settle);

  // A revision stays, with a finding, when a ref that is not among the moved ones leads to it or a file came
  // to it. A content stays as long as a link of the repo names it, and, with a finding, while somebody holds
  // its lock. Locks: each content's own, then a shared payload's, one at a time.
  Freed remove(const Moved& moved);

 private:
  RepoInventory read() const;
  bool is_readable(const RepoInventory& now);
  bool is_unchanged(const RevisionInventory& now, const MovedRevision& moved);
  void set_aside(const RevisionInventory& revision) const;
  void drop_ref(const std::string& ref, const std::string& commit) const;
  void empty_trash();
  void drop_notes(const std::string& commit) const;
  void park(const Dir& trash, const std::string& blob);
  void settle(const Dir& trash);
  void settle_blob(const Dir& trash, const std::string& name, bool is_wanted);
  void drop_empty_repo() const;
  void keep(std::string_view path, std::string_view reason);

  const Dir& root_;
  RepoId repo_;
  std::string folder_;
  std::chrono::milliseconds settle_;
  Dir locks_;
  FileLock lock_;
  Dir dir_;
  Freed freed_;
};

}  // namespace modelcache
