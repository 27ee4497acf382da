// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_absence.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

namespace modelcache {

namespace {

constexpr std::size_t depth_limit = 128;

std::string markers_path(const std::string& commit) {
  return ".no_exist/" + commit;
}

// Whether clients are told that this file does not exist. A directory holds markers of other files, and a
// file on the way is one itself.
bool has_marker(const Dir& markers, const RelPath& path) {
  try {
    const auto status = markers.find_status(path);
    return status && status->kind != FileKind::directory;
  } catch (const Error& error) {
    if (is_absent(error)) return false;
    throw;
  }
}

// `prefix`: the path of `dir` with a slash at its end, nothing at the top.
void collect(const Dir& dir, const std::string& prefix, std::size_t depth, std::vector<RelPath>& found) {
  std::vector<std::string> below;
  dir.for_each([&](const Dir::Item& item) {
    if (item.kind == FileKind::directory) below.emplace_back(item.name);
    if (item.kind != FileKind::file) return;
    if (auto marker = RelPath::parse(prefix + std::string(item.name))) found.push_back(std::move(*marker));
  });
  if (depth == depth_limit) return;
  for (const std::string& name : below) {
    // A directory that vanished, or that we may not read, tells nothing.
    const auto child = or_nothing([&] { return dir.find_dir(name); });
    if (!child) continue;
    std::string path = prefix + name;
    path += '/';
    collect(*child, path, depth + 1, found);
  }
}

std::set<RelPath> present_paths(const Publication& publication) {
  std::set<RelPath> paths;
  for (std::size_t i = 0; i < publication.present.size(); ++i)
    if (publication.present[i]) paths.insert(publication.snapshot.entries[i].path);
  return paths;
}

std::vector<const RelPath*> wanted_markers(const Publication& publication) {
  std::vector<const RelPath*> wanted;
  if (publication.snapshot.known_absent.empty()) return wanted;
  const std::set<RelPath> present = present_paths(publication);
  for (const RelPath& path : publication.snapshot.known_absent)
    if (!present.contains(path)) wanted.push_back(&path);
  return wanted;
}

void drop_marker(const Dir& markers, const RelPath& path) {
  const Dir parent = markers.make_parent(path);
  parent.remove_file(path.name());
  parent.sync();
}

// The names are made durable by the caller. A marker is a hint: where another one is in its way it is left
// out.
void make_marker(const Dir& markers, const Dir& staging, const RelPath& path) {
  try {
    const Dir parent = markers.make_parent(path);
    AtomicFile(staging, parent, path.name())
        .publish(AtomicFile::IfExists::keep, AtomicFile::NameSync::all_by_caller);
  } catch (const Error& error) {
    if (error.error_number() != ENOTDIR) throw;
  }
}

}  // namespace

std::vector<RelPath> read_absence_markers(const Dir& repo, const std::string& commit) {
  std::vector<RelPath> found;
  const auto markers = or_nothing([&] { return repo.find_dir(markers_path(commit)); });
  if (markers) collect(*markers, {}, 0, found);
  std::sort(found.begin(), found.end());
  return found;
}

bool has_absence_markers(const Dir& repo, const Publication& publication) {
  const auto markers = repo.find_dir(markers_path(publication.snapshot.commit));
  const auto wanted = wanted_markers(publication);
  if (!markers) return wanted.empty();
  for (std::size_t i = 0; i < publication.present.size(); ++i)
    if (publication.present[i] && has_marker(*markers, publication.snapshot.entries[i].path)) return false;
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const RelPath* path) { return has_marker(*markers, *path); });
}

void write_absence_markers(const Dir& repo, const Dir& staging, const Publication& publication) {
  if (has_absence_markers(repo, publication)) return;
  const std::string path = markers_path(publication.snapshot.commit);
  if (const auto markers = repo.find_dir(path))
    for (std::size_t i = 0; i < publication.present.size(); ++i) {
      const Entry& entry = publication.snapshot.entries[i];
      if (publication.present[i] && has_marker(*markers, entry.path)) drop_marker(*markers, entry.path);
    }
  const auto wanted = wanted_markers(publication);
  if (wanted.empty()) return;
  const Dir markers = repo.make_dirs(path);
  for (const RelPath* marker : wanted)
    if (!has_marker(markers, *marker)) make_marker(markers, staging, *marker);
  markers.sync_file_system();
}

}  // namespace modelcache
