// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/link_ways.hpp"

#include "modelcache/base/error.hpp"

#include <boost/filesystem/path.hpp>

#include <sys/vfs.h>

#include <algorithm>

namespace modelcache {

namespace {

namespace fs = boost::filesystem;

// Whether FICLONE may succeed, from another file on this device or elsewhere (statfs(2), linux/magic.h).
bool may_share_blocks(const Dir& here, bool is_near) {
  // btrfs gives each subvolume a device of its own and shares between them.
  constexpr unsigned long btrfs = 0x9123683E;
  // xfs, overlayfs over either, NFS 4.2, zfs, bcachefs, ocfs2
  static constexpr unsigned long others[] = {0x58465342, 0x794C7630, 0x6969,
                                             0x2FC12FC1, 0xCA451A4E, 0x7461636F};
  struct statfs buffer {};
  if (::fstatfs(here.fd(), &buffer) != 0) return false;
  const auto type = static_cast<unsigned long>(buffer.f_type);
  return type == btrfs ||
         (is_near && std::find(std::begin(others), std::end(others), type) != std::end(others));
}

}  // namespace

Method foresee_method(const Dir& here, const std::optional<ContentPlace>& place, const PutOptions& options) {
  using Link = PutOptions::Link;
  if (!place || options.link == Link::copy) return Method::copy;
  const bool is_stored = place->origin == Content::Origin::store;
  const bool is_near = here.own_status().device == place->device;
  if (is_stored && options.link == Link::symlink) return Method::symlink;
  if (is_stored && is_near && options.link == Link::hardlink) return Method::hardlink;
  if (options.link == Link::reflink || may_share_blocks(here, is_near)) return Method::reflink;
  return Method::copy;
}

Sharing sharing_for(PutOptions::Link link) {
  if (link == PutOptions::Link::copy) return Sharing::forbidden;
  return link == PutOptions::Link::reflink ? Sharing::required : Sharing::allowed;
}

bool leads_to_size(const std::string& link_text, std::uint64_t size) {
  if (link_text.empty() || link_text.front() != '/') return false;
  const fs::path target(link_text);
  const auto parent = Dir::find_root(target.parent_path().string());
  if (!parent || path_flaw(target.filename().string())) return false;
  const auto status = parent->find_status(target.filename().string());
  return status && status->kind == FileKind::file && status->size == size;
}

}  // namespace modelcache
