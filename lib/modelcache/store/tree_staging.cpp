// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_staging.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/store/blob_writer.hpp"
#include "modelcache/store/content_check.hpp"
#include "modelcache/store/link_ways.hpp"

#include <cerrno>
#include <exception>
#include <utility>

namespace modelcache {

namespace {

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_refused_link(const Error& error) {
  switch (error.error_number()) {
    case EXDEV:
    case EPERM:
    case EMLINK:
    case EOPNOTSUPP:
    case ENOSYS:
      return true;
    default:
      return false;
  }
}

// False where the file system takes no (more) hard link.
bool make_hard_link(const Fd& file, const Dir& parts, const std::string& temporary) {
  try {
    parts.make_hard_link(file, temporary);
  } catch (const Error& error) {
    if (!is_refused_link(error)) throw;
    return false;
  }
  return true;
}

bool copy_again(Fd file, const Entry& entry, const std::string& path, const Dir& parts, const Dir& directory,
                std::string_view name, Dir::IfExists if_exists) {
  const Content content{std::move(file), entry.size, path};
  PutOptions options;
  options.verify = PutOptions::Verify::size;
  return write_blob({directory, name, parts, if_exists, 0666, AtomicFile::NameSync::by_caller, &parts}, entry,
                    content, options)
      .written;
}

}  // namespace

bool place_again(const Dir& from, std::string_view path, const Entry& entry, const Dir& parts,
                 const Dir& directory, std::string_view name, Dir::IfExists if_exists) {
  const std::string temporary = random_hex();
  if (const auto text = from.find_link(path)) {
    parts.make_link(*text, temporary);
  } else {
    Fd file = from.open_file(path);
    if (!make_hard_link(file, parts, temporary))
      return copy_again(std::move(file), entry, from.path_of(path), parts, directory, name, if_exists);
  }
  // rename(2) between two names of one file does nothing and leaves both.
  const bool placed = parts.move_to(temporary, directory, name, if_exists);
  if (parts.find_status(temporary)) parts.remove_file(temporary);
  return placed;
}

TreeStaging::TreeStaging(const Dir& root, std::string path, std::chrono::milliseconds wait)
    : root_(root), path_(std::move(path)) {
  const std::string_view above = parent_of(path_);
  const Dir parent = above.empty() ? root_.duplicate() : root_.make_dirs(above);
  // The run that held the lock may have removed the directory.
  while (!lock_) {
    parent.make_dir(name_of(path_));
    try {
      lock_ = FileLock::acquire_directory(parent, name_of(path_), wait);
    } catch (const Error& error) {
      if (error.cause() != Cause::not_found) throw;
    }
  }
  dir_ = parent.open_dir(name_of(path_));
  try {
    for (const char* of_a_dead_run : {"trees", "parts"}) dir_->remove_tree(of_a_dead_run);
    contents_ = dir_->make_dirs("contents");
    parts_ = dir_->make_dirs("parts");
    batch_.emplace(*parts_, *contents_);
  } catch (...) {
    tidy();
    throw;
  }
}

TreeStaging::~TreeStaging() {
  tidy();
}

void TreeStaging::tidy() noexcept {
  if (!dir_) return;
  try {
    batch_.reset();
    for (const char* name : {"trees", "parts"}) dir_->remove_tree(name);
    dir_->remove_empty_dir("contents");
    root_.remove_empty_dir(path_);
  } catch (const std::exception&) {
    // What stays is found by the next run.
  }
}

bool TreeStaging::holds(const Entry& entry) const {
  const std::string name = entry.content->hex();
  if (batch_->holds(name, entry.size)) return true;
  const auto status = contents_->find_status(name);
  if (!status) return false;
  if (status->kind != FileKind::link) return status->kind == FileKind::file && status->size == entry.size;
  const auto text = contents_->find_link(name);
  return text && leads_to_size(*text, entry.size);
}

// Two paths of one content come as two pieces of work: one brings it, the other finds it here.
PutResult TreeStaging::put(const Entry& entry, const Content& content, const PutOptions& options) {
  const std::string name = entry.content->hex();
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !coming_.contains(name); });
    if (holds(entry)) return {};
    coming_.insert(name);
  }
  const auto leave = [&] {
    const std::scoped_lock lock(mutex_);
    coming_.erase(name);
    changed_.notify_all();
  };
  try {
    const PutResult result = bring(entry, content, options);
    leave();
    return result;
  } catch (...) {
    leave();
    throw;
  }
}

PutResult TreeStaging::bring(const Entry& entry, const Content& content, const PutOptions& options) {
  // Links to contents elsewhere have nothing to be synced in a batch.
  const bool is_copied =
      options.link != PutOptions::Link::symlink && options.link != PutOptions::Link::hardlink;
  if (is_copied && entry.size <= BlobBatch::largest_content)
    return batch_->put(entry, content, options, Dir::IfExists::replace);
  const std::string name = entry.content->hex();
  return write_blob(
      {*contents_, name, *parts_, Dir::IfExists::replace, 0666, AtomicFile::NameSync::by_caller, &*parts_},
      entry, content, options);
}

void TreeStaging::flush() {
  batch_->flush();
  contents_->sync();
}

bool TreeStaging::proves(const Entry& entry, const std::atomic<bool>* cancelled) {
  batch_->flush();
  const std::string name = entry.content->hex();
  const auto file = or_nothing([&] { return contents_->find_file(name); });
  return file && holds_content(*file, entry, name, cancelled);
}

bool TreeStaging::place(const Entry& entry, const Dir& directory, std::string_view name, Use use,
                        Dir::IfExists if_exists) {
  const std::string content = entry.content->hex();
  if (use == Use::last) return contents_->move_to(content, directory, name, if_exists);
  return place_again(*contents_, content, entry, *parts_, directory, name, if_exists);
}

Dir TreeStaging::make_tree(std::string_view name) const {
  return dir_->make_dirs("trees/" + std::string(name));
}

bool TreeStaging::publish_tree(std::string_view name, std::string_view path) const {
  const std::string_view above = parent_of(path);
  const Dir parent = above.empty() ? root_.duplicate() : root_.open_dir(above);
  const Dir trees = dir_->open_dir("trees");
  const bool placed = trees.move_to(name, parent, name_of(path), Dir::IfExists::keep);
  parent.sync();
  return placed;
}

void TreeStaging::drop() noexcept {
  try {
    batch_.reset();
    root_.remove_tree(path_);
    dir_.reset();
  } catch (const std::exception&) {
    // What stays is found by the next run.
  }
}

}  // namespace modelcache
