// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/clone_worktree.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/format/file_name.hpp"
#include "modelcache/store/link_ways.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace modelcache {

namespace {

constexpr std::size_t longest_link = 4095;

// A change within the second of a file's own time would not show to git, which compares whole seconds.
timespec before_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return {now.tv_sec - 2, 0};
}

std::uint32_t mode_of(const CloneFile& file) {
  return file.mode == FileMode::executable ? 0777 : 0666;
}

}  // namespace

// ".." is taken at the start only, where it leads through directories of the tree; behind a name it would
// lead to the parent of what that name, maybe a link, stands for.
bool is_safe_link(const RelPath& path, std::string_view text) {
  if (text.empty() || text.size() > longest_link || text.front() == '/' ||
      text.find('\0') != std::string_view::npos || git_refuses(text))
    return false;
  std::size_t up = 0;
  bool is_down = false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    if (part == "..") {
      if (is_down || ++up > path.depth()) return false;
    } else if (part != "." && !part.empty()) {
      is_down = true;
    }
    begin = end + 1;
  }
  return true;
}

CloneWorktree::CloneWorktree(const Dir& root, const CloneObjects& objects, const CloneLfsStore& store,
                             const Times& times, const CloneOptions& options)
    : root_(root),
      objects_(objects),
      store_(store),
      times_(times),
      options_(options),
      latest_(before_now()) {}

GitIndexEntry CloneWorktree::add(const CloneFile& file) {
  const RelPath& path = file.entry->path;
  GitIndexEntry entry{path, file.mode, file.oid, {}};
  const bool is_pointer =
      !file.pointer.empty() && (!file.has_content || options_.files == CloneFiles::pointers);
  try {
    if (file.mode == FileMode::link) {
      std::string text;
      objects_.read(file.oid,
                    [&](std::string_view piece) { text.append(piece.substr(0, longest_link + 1)); });
      if (!is_safe_link(path, text)) return entry;
      if (!has_links_ || !make_link(path, text)) write_regular(file);
    } else if (is_pointer) {
      write_pointer(file);
    } else if (file.pointer.empty()) {
      write_regular(file);
    } else {
      write_large(file);
    }
  } catch (const Error& error) {
    if (error.error_number() != EEXIST) throw;
    throw_error(Cause::refused, "make", root_.path_of(path),
                "another file of the commit has this name on this file system");
  }
  entry.status = root_.status(path);
  return entry;
}

// Files come sorted, so one directory is kept open at a time.
const Dir& CloneWorktree::directory_of(const RelPath& path) {
  const std::string_view parent = path.parent();
  if (parent.empty()) return root_;
  if (!directory_ || directory_path_ != parent) {
    directory_ = root_.make_dirs(parent);
    directory_path_ = parent;
  }
  return *directory_;
}

bool CloneWorktree::make_link(const RelPath& path, const std::string& text) {
  try {
    directory_of(path).make_link(text, path.name());
    return true;
  } catch (const Error& error) {
    // What vfat and its like answer.
    if (error.error_number() != EPERM && error.error_number() != EOPNOTSUPP) throw;
    has_links_ = false;
    return false;
  }
}

void CloneWorktree::write_pointer(const CloneFile& file) {
  const Dir& directory = directory_of(file.entry->path);
  AtomicFile made(directory, directory, file.entry->path.name(), mode_of(file));
  made.write(file.pointer);
  publish(made, file);
}

void CloneWorktree::write_regular(const CloneFile& file) {
  const Dir& directory = directory_of(file.entry->path);
  AtomicFile made(directory, directory, file.entry->path.name(), mode_of(file));
  objects_.read(file.oid, [&](std::string_view piece) { made.write(piece); });
  if (options_.put.progress) options_.put.progress(file.entry->size);
  publish(made, file);
}

void CloneWorktree::write_large(const CloneFile& file) {
  const Entry& entry = *file.entry;
  const Dir& directory = directory_of(entry.path);
  const std::string path = root_.path_of(entry.path);
  const Fd content = store_.open(*entry.content);
  AtomicFile made(directory, directory, entry.path.name(), mode_of(file));
  TransferRequest request;
  request.size = entry.size;
  if (options_.put.verify == PutOptions::Verify::full) request.expected = entry.content;
  request.sharing = sharing_for(options_.put.link);
  request.source_path = path;
  request.target_path = path;
  request.progress = options_.put.progress;
  request.cancelled = options_.put.cancelled;
  transfer(content, made.fd(), request);
  publish(made, file);
}

void CloneWorktree::publish(AtomicFile& made, const CloneFile& file) {
  const auto known = times_.find(*file.entry->content);
  timespec time = latest_;
  if (known != times_.end() && is_before(known->second, latest_) && known->second.tv_sec > 0)
    time = known->second;
  const timespec both[] = {time, time};
  if (::futimens(made.fd().get(), both) != 0)
    throw_errno(errno, "set the time of", root_.path_of(file.entry->path));
  if (!made.publish(Dir::IfExists::keep, AtomicFile::NameSync::all_by_caller))
    throw Error(Cause::io, "cannot make a file twice", EEXIST);
}

}  // namespace modelcache
