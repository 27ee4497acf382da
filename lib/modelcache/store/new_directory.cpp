// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/new_directory.hpp"

#include "modelcache/base/error.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>

#include <exception>

namespace modelcache {

namespace fs = boost::filesystem;

namespace {

constexpr std::string_view staging_suffix = ".modelcache-incomplete";
constexpr std::size_t name_limit = 255;

std::string staging_name(std::string_view name) {
  return "." + std::string(name.substr(0, name_limit - 1 - staging_suffix.size())) +
         std::string(staging_suffix);
}

}  // namespace

std::string existing_ancestor(const std::string& path) {
  fs::path here(path);
  boost::system::error_code ignored;
  while (here.has_parent_path() && !fs::exists(here, ignored)) here = here.parent_path();
  return here.string();
}

Dir make_directories(const std::string& path) {
  const std::string ancestor = existing_ancestor(path);
  const Dir top = Dir::open_root(ancestor);
  const std::string rest = fs::path(path).lexically_relative(ancestor).string();
  if (rest != "." && !rest.empty()) {
    top.make_dirs(rest);
    top.sync();
  }
  return Dir::open_root(path);
}

NewDirectory::NewDirectory(const std::string& path, std::chrono::milliseconds wait)
    : name_(fs::path(path).filename().string()), staging_(staging_name(name_)) {
  parent_ = make_directories(fs::path(path).parent_path().string());
  // The run that held the lock may have published meanwhile: then the directory is made anew, and publish()
  // finds the name taken.
  while (!lock_) {
    parent_->make_dir(staging_);
    try {
      lock_ = FileLock::acquire_directory(*parent_, staging_, wait);
    } catch (const Error& error) {
      if (error.cause() != Cause::not_found) throw;
    }
  }
  dir_ = parent_->open_dir(staging_);
}

NewDirectory::~NewDirectory() {
  if (!parent_ || is_published_) return;
  try {
    parent_->remove_empty_dir(staging_);
  } catch (const std::exception&) {
    // What stays is found by the next run.
  }
}

void NewDirectory::publish() {
  dir_->sync_file_system();
  if (!parent_->rename(staging_, name_, Dir::IfExists::keep))
    throw_error(Cause::refused, "make the directory", parent_->path_of(name_),
                "something has this name meanwhile; what was brought is in " + dir_->path());
  is_published_ = true;
  parent_->sync();
}

void NewDirectory::discard() {
  parent_->remove_tree(staging_);
}

}  // namespace modelcache
