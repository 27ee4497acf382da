// SPDX-License-Identifier: Apache-2.0
#pragma once

// A layout on disk, seen as snapshots and contents. Promise: reading never writes, never locks and tolerates
// files that vanish; what a Sink shows to readers is complete and was checked.

#include "modelcache/base/fd.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/model/snapshot.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace modelcache {

// The bytes of one entry, not yet verified.
struct Content {
  // store: an object that nobody changes in place, so it may be hard-linked; working_file: a person's own
  // file, which may only be copied or reflinked.
  enum class Origin { store, working_file };

  std::variant<Fd, std::string> from;  // an open regular file, or the bytes themselves
  std::uint64_t size = 0;              // bytes
  std::string path;  // where it came from: absolute for a file; for messages and --link=symlink
  Origin origin = Origin::store;
  std::string payload =
      {};  // its name in the shared store of a hub cache, where that can be believed; or empty
};

// Where the bytes of an entry lie, before anybody opens them.
struct ContentPlace {
  Content::Origin origin = Content::Origin::store;
  std::uint64_t device = 0;  // of the file system, as stat(2) says
  std::string payload = {};  // as Content::payload
};

// A name that a source knows: "main", "v1.0", "refs/pr/1", and the commit behind it.
struct NamedCommit {
  std::string name;
  std::string commit;

  friend auto operator<=>(const NamedCommit&, const NamedCommit&) = default;
};

// What a revision that a user typed means in a source.
struct Selected {
  std::string commit;
  std::vector<std::string> refs;  // the names it is published under when the user gives none; may be empty
  std::vector<Finding> notes;     // for the user: a commit that no remote has, and the like
};

// How contents are read that only their bytes can tell of.
struct IdentifyOptions {
  unsigned jobs = 1;                             // files at a time
  const std::atomic<bool>* cancelled = nullptr;  // true: Error(io) soon
};

// A revision of which everything that the source had is elsewhere.
struct MovedRevision {
  std::string commit;
  std::vector<std::string> refs;  // under which it is there; sorted
  std::vector<RelPath> files;     // sorted

  friend bool operator==(const MovedRevision&, const MovedRevision&) = default;
};

// What a copy brought elsewhere, durable and proved there (--move).
struct Moved {
  std::vector<Entry> contents;
  std::vector<MovedRevision> revisions;  // those of which every content is among `contents`
  std::chrono::milliseconds wait{0};     // for locks of others
  // How long what is to go is kept aside, and looked for once more, where clients do not lock.
  std::chrono::milliseconds settle{2'000};
};

struct Freed {
  std::uint64_t bytes = 0;        // given back by the file system
  std::vector<Finding> findings;  // what was kept, and why
};

class Source {
 public:
  virtual ~Source() = default;

  // All repos that are here, sorted.
  virtual std::vector<RepoId> repos() = 0;
  // All names of the repo that lead to a commit, sorted by name.
  virtual std::vector<NamedCommit> names(const RepoId& repo) = 0;
  // All revisions that are here, sorted, also those that no name leads to. Where only the contents tell a
  // commit, the source's own word for the revision stands for it, here, in names() and in select().
  virtual std::vector<std::string> commits(const RepoId& repo);
  // Names that names() leaves out though a reader of the source would expect them, and why.
  virtual std::vector<Finding> left_out(const RepoId& repo) = 0;
  // `revision` empty: what the source itself is at (HEAD of a clone, "main" of a cache).
  // Throws Error(not_found) when there is no such revision, Error(usage) when a prefix is ambiguous.
  virtual Selected select(const RepoId& repo, std::string_view revision) = 0;
  // The branch that a fresh clone would be on ("main", "master"); empty when unknown.
  virtual std::string default_branch(const RepoId& repo) = 0;
  // Reads no file contents. `revision` is a name, a commit or an unambiguous prefix of at least 7 digits.
  // Throws Error(not_found) when there is no such repo or revision, Error(refused) when its tree is unsafe.
  virtual Snapshot snapshot(const RepoId& repo, std::string_view revision) = 0;
  // Fills in what only the contents tell: Entry::content, and Snapshot::commit where that follows from them.
  // Reads only the files of entries without a content; a source that knows all reads nothing. What cannot be
  // read stays without a content.
  virtual void identify(const RepoId& /*repo*/, Snapshot& /*snapshot*/, const IdentifyOptions& /*options*/) {}
  // Fills in Entry::last_commit, as far as the source knows the history of its files.
  virtual void find_last_commits(const RepoId& /*repo*/, Snapshot& /*snapshot*/) {}
  // Why the content of `entry` cannot be had from here; nothing when it can. An entry without a content
  // (Entry::content) cannot.
  virtual std::optional<std::string> lacks(const RepoId& repo, const Entry& entry) = 0;
  // Unverified bytes. May be called from several threads at once.
  virtual Content open(const RepoId& repo, const Entry& entry) = 0;
  // What open() gives, foreseen: nothing when the bytes come from memory.
  virtual std::optional<ContentPlace> place(const RepoId& repo, const Entry& entry) = 0;
  // Frees what this source stores of them and nothing else needs, beside running clients. Nothing when it has
  // nothing of its own to free. Locks: as the layout asks.
  virtual Freed remove(const RepoId& repo, const Moved& moved) = 0;
};

// How contents come into a sink.
struct PutOptions {
  enum class Link { automatic, reflink, hardlink, symlink, copy };
  enum class Verify { full, size };
  enum class Different { kept, replaced };  // a file of other content where one is to be written

  Link link = Link::automatic;
  Verify verify = Verify::full;
  Different different = Different::kept;
  std::chrono::milliseconds wait{10'000};        // for another client's lock on one content
  const std::atomic<bool>* cancelled = nullptr;  // true: stop as soon as it is safe, Error(io)
  std::function<void(std::uint64_t)> progress;   // bytes since the last call, from any thread; may be empty
};

struct PutResult {
  bool written = false;  // false: somebody else had published it meanwhile
  Method method = Method::none;
  std::uint64_t bytes = 0;  // bytes that were copied, not shared
};

// A snapshot as it is to be seen: the full listing, and which of its entries have their content.
struct Publication {
  Snapshot snapshot;
  std::vector<bool> present;  // parallel to snapshot.entries

  std::vector<RelPath> present_paths() const;
};

class Sink {
 public:
  virtual ~Sink() = default;

  // The directory that publish() makes for this snapshot, the first where there are several; also before it
  // exists.
  virtual std::string path_of(const Snapshot& snapshot) const = 0;
  // Whether only one revision of a repo can be here.
  virtual bool keeps_one_revision(const RepoId& /*repo*/) { return false; }
  // Whether publish() needs Entry::last_commit.
  virtual bool needs_last_commits(const RepoId& /*repo*/) { return false; }
  // Entries with equal addresses share one stored content: here those of equal content. A directory has a
  // file for each path.
  virtual std::string address(const Entry& entry) const { return entry.content->text(); }
  // Whether put() of one content serves all addresses of it.
  virtual bool shares_between_addresses() const { return false; }
  // By name and size where the name tells the content (verify-sha proves the rest), else by the bytes.
  virtual bool holds(const RepoId& repo, const Entry& entry, const PutOptions& options) = 0;
  // Whether something else has the place of this entry and is to stay there. Asked after holds() said no.
  virtual bool is_blocked(const RepoId& /*repo*/, const Entry& /*entry*/, const PutOptions& /*options*/) {
    return false;
  }
  // Whether the snapshot shows this entry already as a file of its own, of the right size, as clients without
  // links write it. Then publish() asks for no content.
  virtual bool shows_file(const RepoId& repo, std::string_view commit, const Entry& entry) = 0;
  // Whether publish() would find nothing to do.
  virtual bool is_published(const Publication& publication) = 0;
  // What the user should know of how this layout will keep it: what it cannot express, what it makes instead;
  // one sentence each.
  virtual std::vector<std::string> notes(const Publication& /*publication*/) const { return {}; }
  // Bytes that can still be written.
  virtual std::uint64_t free_bytes() const = 0;
  // How put() is to bring in this entry from what lies there, or from memory; never `none`. What the kernel
  // refuses then becomes a copy.
  virtual Method foresee(const Entry& entry, const std::optional<ContentPlace>& place,
                         const PutOptions& options) const = 0;
  // Bytes that publish() will write beside the contents that put() brings in.
  virtual std::uint64_t extra_bytes(const Publication& /*publication*/) const { return 0; }
  // Hashes what is held, and every file that shows_file() was true of; false when nothing is there or any of
  // it is not this content.
  virtual bool proves(const RepoId& repo, const Entry& entry) = 0;
  // Before the first put(): makes what must exist. Locks: the repo, against other programs of ours, until
  // this Sink is gone or prepares another repo. Throws Error(busy) after `wait`.
  virtual void prepare(const RepoId& repo, std::chrono::milliseconds wait) = 0;
  // Stores and checks one content. On return it is held, and on disk under its name when publish() returns;
  // on throw nothing of it has a final name, nor has anything that is not whole and on disk. May be called
  // from several threads at once. Locks: this content's own lock.
  virtual PutResult put(const RepoId& repo, const Entry& entry, Content content,
                        const PutOptions& options) = 0;
  // Makes the snapshot visible, its refs last. Precondition: every present entry is held or shown as a
  // file. On return all is
  // durable. Returns findings about what was there already and differs.
  virtual std::vector<Finding> publish(const Publication& publication) = 0;
  // After the last publish() of a repo: tidies up what was staged and gives the repo's lock back.
  virtual void finish() {}
};

}  // namespace modelcache
