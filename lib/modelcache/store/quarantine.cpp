// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/quarantine.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/store/locate.hpp"
#include "modelcache/store/new_directory.hpp"

#include <cerrno>

namespace modelcache {

namespace {

constexpr int most_names = 10'000;

// "config.json", then "config.json.1"; a long name is cut so that the number fits.
std::string numbered(const std::string& name, int number) {
  if (number == 0) return name;
  const std::string suffix = "." + std::to_string(number);
  constexpr std::size_t longest = 255;
  return name.substr(0, longest - suffix.size()) + suffix;
}

std::string leaf_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

void sync_parent(const SpoiledName& name) {
  const std::size_t slash = name.path.rfind('/');
  if (slash == std::string::npos)
    name.base->sync();
  else
    name.base->open_dir(name.path.substr(0, slash)).sync();
}

}  // namespace

std::string Quarantine::foresee(const SpoiledName& name) const {
  return absolute_path(path_) + "/" + name.shown;
}

Quarantine::Taken Quarantine::take(const SpoiledName& name, const std::atomic<bool>* cancelled) {
  if (!dir_) dir_ = make_directories(absolute_path(path_));
  const Dir parent = dir_->make_parent(name.shown);
  bool is_elsewhere = false;
  for (int number = 0; number < most_names; ++number) {
    const std::string leaf = numbered(leaf_of(name.shown), number);
    bool is_taken = false;
    require_unchanged(name);
    try {
      is_taken = is_elsewhere ? copy(name, parent, leaf, cancelled)
                              : name.base->move_to(name.path, parent, leaf, Dir::IfExists::keep);
    } catch (const Error& error) {
      if (error.error_number() != EXDEV || is_elsewhere) throw;
      is_elsewhere = true;
      is_taken = copy(name, parent, leaf, cancelled);
    }
    if (!is_taken) continue;
    parent.sync();
    if (is_elsewhere) {
      require_unchanged(name);
      name.base->remove_file(name.path);
    }
    sync_parent(name);
    return {parent.path_of(leaf), is_elsewhere ? Method::copy : Method::none};
  }
  throw_error(Cause::refused, "make", parent.path_of(leaf_of(name.shown)), "too many files have this name");
}

// False where the name is taken.
bool Quarantine::copy(const SpoiledName& name, const Dir& parent, const std::string& leaf,
                      const std::atomic<bool>* cancelled) const {
  if (parent.find_status(leaf)) return false;
  if (name.there->kind == FileKind::link) {
    parent.make_link(name.base->read_link(name.path), leaf);
    return true;
  }
  const Fd source = name.base->open_file(name.path);
  const std::string from = name.base->path_of(name.path);
  const std::string to = parent.path_of(leaf);
  TransferRequest request;
  request.size = name.there->size;
  request.source_path = from;
  request.target_path = to;
  request.cancelled = cancelled;
  request.expected = hash_file(source, HashKind::sha256, request);
  AtomicFile file(parent, parent, leaf, 0600);
  transfer(source, file.fd(), request);
  return file.publish(Dir::IfExists::keep);
}

}  // namespace modelcache
