// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_placement.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/format/link_text.hpp"

namespace modelcache {

namespace {

std::string link_text(const Entry& entry) {
  return snapshot_link_text(entry.path.depth(), entry.content->hex());
}

}  // namespace

LinkState link_state(const Dir& snapshot, const Entry& entry) {
  try {
    const auto status = snapshot.find_status(entry.path);
    if (!status) return LinkState::absent;
    if (status->kind == FileKind::file)
      return status->size == entry.size ? LinkState::equal_file : LinkState::wrong_file;
    if (status->kind != FileKind::link) return LinkState::blocked;
    return snapshot.find_link(entry.path) == link_text(entry) ? LinkState::right : LinkState::wrong_link;
  } catch (const Error& error) {
    // A file or a link where the path needs a directory: for the caller a finding, not the end.
    if (error.cause() == Cause::refused || is_absent(error)) return LinkState::blocked;
    throw;
  }
}

bool is_settled(LinkState state, HfForm form) {
  return state == LinkState::equal_file || (state == LinkState::right && form != HfForm::files);
}

void HfPlacement::start(const Publication& publication) {
  wanted_.clear();
  if (form_ != HfForm::files) return;
  for (std::size_t i = 0; i < publication.present.size(); ++i)
    if (publication.present[i]) ++wanted_[*publication.snapshot.entries[i].content];
}

void HfPlacement::finish(const Publication& publication) {
  if (form_ != HfForm::files) return;
  const std::string snapshot = "snapshots/" + publication.snapshot.commit + "/";
  for (std::size_t i = 0; i < publication.present.size(); ++i) {
    const Entry& entry = publication.snapshot.entries[i];
    if (publication.present[i]) note_file(*entry.content, snapshot + entry.path.bytes());
  }
}

void HfPlacement::add(const Entry& entry, const Dir& parent) {
  if (form_ != HfForm::files) return parent.make_link(link_text(entry), entry.path.name());
  if (!put_file(entry, parent, Dir::IfExists::keep))
    throw_error(Cause::refused, "make", parent.path_of(entry.path.name()),
                "the file system takes this name for another one that is there");
}

void HfPlacement::replace(const Entry& entry, const Dir& parent, LinkState state) {
  if (form_ == HfForm::files) {
    // The link that goes was a use of the content, maybe the last one.
    if (state == LinkState::right) --uses_[entry.content->hex()];
    put_file(entry, parent, Dir::IfExists::replace);
    return;
  }
  const std::string name = random_hex();
  staging_.make_link(link_text(entry), name);
  staging_.move_to(name, parent, entry.path.name(), Dir::IfExists::replace);
}

// The last one that wants a content, when no link does, takes the blob itself.
bool HfPlacement::put_file(const Entry& entry, const Dir& parent, Dir::IfExists if_exists) {
  const std::string blob = entry.content->hex();
  const std::size_t left = --wanted_[*entry.content];
  const auto uses = uses_.find(blob);
  const bool is_free = left == 0 && (uses == uses_.end() || uses->second == 0);
  const auto status = is_free ? blobs_.dir().find_status(blob) : std::nullopt;
  if (status && status->kind == FileKind::file && status->links == 1)
    return blobs_.dir().move_to(blob, parent, entry.path.name(), if_exists);
  return copy_file(entry, parent, if_exists);
}

bool HfPlacement::copy_file(const Entry& entry, const Dir& parent, Dir::IfExists if_exists) const {
  auto from = blobs_.open_file(entry.content->hex());
  for (const std::string& path : files_of(*entry.content))
    if (!from) from = repo_.find_file(path);
  if (!from)
    throw_error(Cause::io, "make", parent.path_of(entry.path.name()),
                "its content " + entry.content->text() + " was taken away meanwhile");
  AtomicFile file(staging_, parent, entry.path.name());
  TransferRequest request;
  request.size = entry.size;
  request.expected = entry.content;
  request.source_path = blobs_.dir().path_of(entry.content->hex());
  const std::string target = parent.path_of(entry.path.name());
  request.target_path = target;
  transfer(*from, file.fd(), request);
  return file.publish(if_exists, AtomicFile::NameSync::by_caller);
}

const std::vector<std::string>& HfPlacement::files_of(const Digest& content) const {
  static const std::vector<std::string> none;
  const auto found = files_.find(content);
  return found == files_.end() ? none : found->second;
}

void HfPlacement::note_file(const Digest& content, const std::string& path) {
  std::vector<std::string>& paths = files_[content];
  if (paths.empty() || paths.back() != path) paths.push_back(path);
}

}  // namespace modelcache
