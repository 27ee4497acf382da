// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/dir_mending.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/msc_names.hpp"
#include "modelcache/store/local_bookkeeping.hpp"
#include "modelcache/store/plain_dir_walk.hpp"
#include "modelcache/store/tree_locks.hpp"

#include <cmath>
#include <utility>

namespace modelcache {

namespace {

constexpr std::size_t name_limit = 255;
constexpr std::string_view downloads = ".cache/huggingface/download";

RelPath checked_path(const Dir& dir, const SpoiledFile& file) {
  auto path = RelPath::parse(file.path);
  if (path && !is_reserved(*path) && !is_client_file(*path)) return std::move(*path);
  throw_error(Cause::refused, "mend", dir.path_of(file.path),
              "git or a client keeps files of its own under this name");
}

}  // namespace

DirMending::DirMending(const std::string& path, ForeignRoot foreign_root)
    : path_(absolute_path(path)), dir_(Dir::open_root(path_)) {
  require_own_root(dir_, foreign_root);
}

FileMending::Location DirMending::locate_file(const SpoiledFile& file) const {
  return {&dir_, checked_path(dir_, file).bytes()};
}

std::string DirMending::staging_of(const Dir&, const std::string&) const {
  return std::string(LocalBookkeeping::staging_path);
}

// Against other programs of ours the directory itself; the clients' own locks where they have been.
std::vector<FileLock> DirMending::lock(const SpoiledFile& file, std::chrono::milliseconds wait) {
  if (!lock_) {
    const std::size_t slash = path_.rfind('/');
    const Dir parent = Dir::open_root(slash == 0 ? "/" : path_.substr(0, slash));
    if (path_ != "/") lock_ = FileLock::acquire_directory(parent, path_.substr(slash + 1), wait);
  }
  await_process_locks(dir_, "._tmp", wait);
  std::vector<FileLock> locks;
  const std::size_t slash = file.path.rfind('/');
  const std::string parent = slash == std::string::npos ? "" : "/" + file.path.substr(0, slash);
  const auto notes = or_nothing([&] { return dir_.find_dir(std::string(downloads) + parent); });
  const std::string name = file.path.substr(slash + 1) + ".lock";
  // Clients leave their lock files; where there is none, none of them is at work on this file.
  if (notes && name.size() <= name_limit && notes->find_status(name))
    locks.push_back(FileLock::acquire(*notes, name, wait));
  return locks;
}

// The client's note counts only for a file that was not changed after it.
MendedFile DirMending::form_of(const SpoiledFile& file) const {
  MendedFile form;
  const auto path = RelPath::parse(file.path);
  const auto note = path ? LocalBookkeeping(dir_).metadata(*path) : std::nullopt;
  constexpr double latest = 1e11;  // seconds; what comes later is no time of a download
  if (!note || !std::isfinite(note->timestamp) || note->timestamp < 0 || note->timestamp > latest)
    return form;
  form.modified = timespec{static_cast<time_t>(note->timestamp), 0};
  return form;
}

void DirMending::finish() {
  const bool was_staged = has_staging();
  FileMending::finish();
  lock_.reset();
  if (!was_staged) return;
  try {
    dir_.remove_empty_dir(LocalBookkeeping::path);
    dir_.remove_empty_dir(".cache");
  } catch (const std::exception&) {
    // An empty directory does no harm.
  }
}

}  // namespace modelcache
