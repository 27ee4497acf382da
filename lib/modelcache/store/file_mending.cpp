// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/file_mending.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/store/content_check.hpp"

#include <utility>

namespace modelcache {

namespace {

// Nothing where the name cannot be reached: a part of its path is no directory.
std::optional<Status> status_of(const Dir& base, const std::string& path) {
  try {
    return base.find_status(path);
  } catch (const Error& error) {
    if (error.cause() != Cause::refused && !is_absent(error)) throw;
    throw_error(Cause::refused, "mend", base.path_of(path), "something on the way to it is no directory");
  }
}

}  // namespace

SpoiledName FileMending::find(const SpoiledFile& file) const {
  const Location place = locate_file(file);
  if (file.mode == FileMode::link)
    throw_error(Cause::refused, "mend", place.base->path_of(place.path),
                "git has it as a symbolic link, which git checkout brings back");
  SpoiledName name{place.base, place.path,
                   file.directory.empty() ? file.path : file.directory + "/" + file.path,
                   status_of(*place.base, place.path)};
  if (name.there && name.there->kind != FileKind::file && name.there->kind != FileKind::link)
    throw_error(Cause::refused, "mend", place.base->path_of(place.path), "something else has its name");
  require_judged(file, name);
  return name;
}

std::optional<Status> FileMending::status(const SpoiledFile& file) const {
  const Location place = locate_file(file);
  return or_nothing([&] { return place.base->find_status(place.path); });
}

TreeStaging& FileMending::staging(const Dir& base, const std::string& directory,
                                  std::chrono::milliseconds wait) {
  std::string path = staging_of(base, directory);
  if (staging_ && staged_base_ == &base && staged_path_ == path) return *staging_;
  finish();
  staging_ = std::make_unique<TreeStaging>(base, path, wait);
  staged_base_ = &base;
  staged_path_ = std::move(path);
  return *staging_;
}

PutResult FileMending::restore(const SpoiledFile& file, const SpoiledName& name, const Entry& entry,
                               const Content& content, const PutOptions& options) {
  const TreeStaging& staged = staging(*name.base, file.directory, options.wait);
  const std::vector<FileLock> locks = lock(file, options.wait);
  const auto now = status_of(*name.base, name.path);
  const bool is_as_judged = name.there && now && has_same_content(*now, *name.there);
  if (now && now->kind == FileKind::file && !is_as_judged) {
    const auto there = name.base->find_file(name.path);
    if (there && holds_content(*there, entry, name.base->path_of(name.path), options.cancelled)) return {};
  }
  return replace_file(name, staged.parts(), entry, content, form_of(file), options);
}

std::vector<FileLock> FileMending::hold(const SpoiledFile& file, const SpoiledName&,
                                        std::chrono::milliseconds wait) {
  return lock(file, wait);
}

void FileMending::tidy(const std::string& directory) {
  finish();
  for (const Dir* base : bases()) {
    const std::string path = staging_of(*base, directory);
    if (!or_nothing([&] { return base->find_status(path); })) continue;
    try {
      staging(*base, directory, std::chrono::milliseconds(0));
    } catch (const Error& error) {
      // Somebody is at work there.
      if (error.cause() != Cause::busy) throw;
    }
    finish();
  }
}

}  // namespace modelcache
