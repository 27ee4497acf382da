// SPDX-License-Identifier: Apache-2.0
#pragma once

// How an entry shows in a snapshot: as a link to its content, or as the file itself. Promise: a content that
// a link of the repo names is never taken away from it.

#include "modelcache/base/dir.hpp"
#include "modelcache/store/hf_blobs.hpp"
#include "modelcache/store/hf_form.hpp"
#include "modelcache/store/store.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace modelcache {

// What is at a snapshot path now, against what the entry asks for.
enum class LinkState {
  absent,
  right,       // leads to the entry's blob
  equal_file,  // a plain file of the right size: clients without links make these
  wrong_link,  // a link to anything else
  wrong_file,  // a plain file of another size
  blocked,     // a directory, a device, or something in place of a directory on the way
};
// `snapshot` is the directory of the revision.
LinkState link_state(const Dir& snapshot, const Entry& entry);
// Whether that needs no work in this form.
bool is_settled(LinkState state, HfForm form);

// Links in the snapshots of a repo -> how many name each blob.
using BlobUses = std::map<std::string, std::size_t>;

class HfPlacement {
 public:
  // `form` is links or files. `repo` is the repo's folder, `staging` a directory below it that no client
  // looks into, `uses` what is linked now; all outlive this object.
  HfPlacement(const Dir& repo, const Dir& staging, const HfBlobs& blobs, HfForm form, BlobUses uses)
      : repo_(repo), staging_(staging), blobs_(blobs), form_(form), uses_(std::move(uses)) {}

  HfForm form() const noexcept { return form_; }
  // Before the entries of a publication, and after them: where each is now.
  void start(const Publication& publication);
  void finish(const Publication& publication);

  // Into a directory that nobody sees yet. Throws Error(refused) when the file system takes the name of the
  // entry for one that is there already, Error(io) when it takes no such name or no links.
  void add(const Entry& entry, const Dir& parent);
  // In place of nothing or of a link.
  void replace(const Entry& entry, const Dir& parent, LinkState state);

  // Files that hold this content in snapshots, as far as is known here; relative to the repo's folder.
  const std::vector<std::string>& files_of(const Digest& content) const;

 private:
  void note_file(const Digest& content, const std::string& path);
  bool put_file(const Entry& entry, const Dir& parent, Dir::IfExists if_exists);
  bool copy_file(const Entry& entry, const Dir& parent, Dir::IfExists if_exists) const;

  const Dir& repo_;
  const Dir& staging_;
  const HfBlobs& blobs_;
  HfForm form_;
  BlobUses uses_;
  std::unordered_map<Digest, std::size_t> wanted_;  // by entries that are still to come
  std::unordered_map<Digest, std::vector<std::string>> files_;
};

}  // namespace modelcache
