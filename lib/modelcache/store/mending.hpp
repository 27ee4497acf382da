// SPDX-License-Identifier: Apache-2.0
#pragma once

// Puts good contents where a place has bad ones or none, or takes bad ones away, so that the clients take the
// place for their own afterwards. Promise: a name below the place has what it had, or a content that was
// checked and is on disk; other names of a bad content keep it; what is not any more what was judged stays.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/store/evidence.hpp"
#include "modelcache/store/root_owner.hpp"
#include "modelcache/store/store.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace modelcache {

// The name below a place that has the bad content, or lacks the good one.
struct SpoiledName {
  const Dir* base = nullptr;               // the place, or a part of it
  std::string path;                        // relative to `base`
  std::string shown;                       // relative to the place
  std::optional<Status> there;             // what has the name, and may be replaced; nothing: nobody has it
  std::optional<std::uint32_t> mode = {};  // of what had it, where that was moved away
};

class Mending {
 public:
  virtual ~Mending() = default;

  // Looks only. Throws Error(refused) where no content can be put or taken away, or what is there is not what
  // was judged.
  virtual SpoiledName find(const SpoiledFile& file) const = 0;

  // Of the file that holds the content now; nothing when none does.
  virtual std::optional<Status> status(const SpoiledFile& file) const = 0;

  // Brings the content in. `name` is what find() said; `written` is false when the content had come
  // meanwhile. Throws Error(refused) when something else is there now, or the content is not what `entry`
  // says; then nothing is changed. Locks: as the layout asks. Throws Error(busy).
  virtual PutResult restore(const SpoiledFile& file, const SpoiledName& name, const Entry& entry,
                            const Content& content, const PutOptions& options) = 0;

  // What keeps clients and other programs of ours away from the name, against taking it away, while these are
  // held. Throws Error(busy).
  virtual std::vector<FileLock> hold(const SpoiledFile& file, const SpoiledName& name,
                                     std::chrono::milliseconds wait) = 0;

  // Removes what a run that died left beside the files of `directory` (EvidenceRevision::directory).
  virtual void tidy(const std::string& directory) = 0;
  // Gives back locks and tidies up what was staged.
  virtual void finish() = 0;
};

// Throws Error(refused) for a place that belongs to somebody else (not us, not root) and that is not allowed.
std::unique_ptr<Mending> open_mending(const Place& place, ForeignRoot foreign_root);

// Whether both are one file with one content, as its size and time tell. A name more or less of it, which is
// what mending one of its names leaves, does not matter.
bool has_same_content(const Status& one, const Status& other);
// What find() says must still be there. Throws Error(refused).
void require_unchanged(const SpoiledName& name);
// Of what was judged and what is there now. Throws Error(refused).
void require_judged(const SpoiledFile& file, const SpoiledName& name);

// Replaces what has the name, or makes it, with a copy of `content` that is hashed on its way; its own mode
// is kept, or `mode` less the umask. `parts` is on the same file system. Throws as Mending::restore().
struct MendedFile {
  std::uint32_t mode = 0666;
  std::optional<timespec> modified = {};  // instead of now
};
PutResult replace_file(const SpoiledName& name, const Dir& parts, const Entry& entry, const Content& content,
                       const MendedFile& how, const PutOptions& options);

}  // namespace modelcache
