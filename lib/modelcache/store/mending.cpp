// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/mending.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/base/units.hpp"
#include "modelcache/store/clone_mending.hpp"
#include "modelcache/store/dir_mending.hpp"
#include "modelcache/store/hf_mending.hpp"
#include "modelcache/store/link_ways.hpp"
#include "modelcache/store/tree_mending.hpp"

namespace modelcache {

namespace {

[[noreturn]] void refuse_changed(const SpoiledName& name) {
  throw_error(Cause::refused, "replace", name.base->path_of(name.path),
              "it was changed since it was looked at; run it again");
}

}  // namespace

std::unique_ptr<Mending> open_mending(const Place& place, ForeignRoot foreign_root) {
  if (place.layout == Layout::clone) return std::make_unique<CloneMending>(place.path, foreign_root);
  if (!has_repos(place)) return std::make_unique<DirMending>(place.path, foreign_root);
  if (place.layout == Layout::hf) return std::make_unique<HfMending>(place.path, foreign_root);
  return std::make_unique<TreeMending>(place, foreign_root);
}

bool has_same_content(const Status& one, const Status& other) {
  return one.kind == other.kind && one.device == other.device && one.inode == other.inode &&
         one.size == other.size && nanoseconds(one.modified) == nanoseconds(other.modified);
}

void require_unchanged(const SpoiledName& name) {
  const auto now = or_nothing([&] { return name.base->find_status(name.path); });
  if (now.has_value() != name.there.has_value() || (now && !has_same_content(*now, *name.there)))
    refuse_changed(name);
}

void require_judged(const SpoiledFile& file, const SpoiledName& name) {
  if (!file.content || !name.there || name.there->kind != FileKind::file) return;
  const EvidenceContent& judged = *file.content;
  const bool is_same = judged.device == name.there->device && judged.inode == name.there->inode &&
                       judged.size == name.there->size &&
                       nanoseconds(judged.modified) == nanoseconds(name.there->modified);
  if (!is_same) refuse_changed(name);
}

PutResult replace_file(const SpoiledName& name, const Dir& parts, const Entry& entry, const Content& content,
                       const MendedFile& how, const PutOptions& options) {
  const Dir parent = name.base->make_parent(name.path);
  const std::string leaf = name.path.substr(name.path.rfind('/') + 1);
  const std::string path = parent.path_of(leaf);
  AtomicFile file(parts, parent, leaf, how.mode);
  TransferRequest request;
  request.size = entry.size;
  request.expected = entry.content;
  request.sharing = sharing_for(options.link);
  request.source_path = content.path;
  request.target_path = path;
  request.progress = options.progress;
  request.cancelled = options.cancelled;
  const Method method = transfer(std::get<Fd>(content.from), file.fd(), request);
  if (name.there && name.there->kind == FileKind::file)
    file.set_mode(name.there->mode & 0777);
  else if (name.mode)
    file.set_mode(*name.mode & 0777);
  if (how.modified) file.set_modified(*how.modified);
  require_unchanged(name);
  if (!file.publish(name.there ? Dir::IfExists::replace : Dir::IfExists::keep)) refuse_changed(name);
  return {true, method, method == Method::copy ? entry.size : 0};
}

}  // namespace modelcache
