// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_removal.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/store/msc_files.hpp"
#include "modelcache/store/tree_locks.hpp"
#include "modelcache/store/tree_options.hpp"
#include "modelcache/store/tree_rules.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>

namespace modelcache {

namespace {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

Freed TreeRemoval::run(std::chrono::milliseconds wait) {
  if (place_.form == TreeForm::blobs || place_.form == TreeForm::hub) {
    freed_.findings.push_back(make_finding(FindingCode::not_removed, repo_.text(), place_.folder,
                                           "trees of this layout are only read; remove it by hand"));
    return freed_;
  }
  if (chosen_.empty()) return freed_;
  const auto rules = make_tree_rules(&root_, repo_, {layout_, {}, {}});
  const auto lock = rules->lock(root_, wait);
  for (const auto& [revision, files] : chosen_) {
    remove_files(*revision, *files);
    tidy_folder(*revision);
  }
  return freed_;
}

void TreeRemoval::remove_files(const TreeRevision& revision, const std::vector<RelPath>& files) {
  if (place_.form == TreeForm::indexed) {
    const Dir dir = root_.open_dir(place_.folder);
    const auto index = require_msc(dir);
    MscIndex left;
    for (const MscEntry& entry : index ? index->entries : std::vector<MscEntry>()) {
      const auto path = require_safe_path(entry);
      if (!std::binary_search(files.begin(), files.end(), path))
        left.entries.push_back(msc_entry(path, entry.revision));
    }
    // First of all: a client that comes meanwhile fetches what it does not find in the index.
    if (index) write_side_file(dir, dir, ".msc", write_msc(left.entries), AtomicFile::NameSync::now);
  }
  for (const RelPath& path : files)
    if (const auto file = revision.files.find(path); file != revision.files.end()) remove_file(file->second);
}

void TreeRemoval::remove_file(const TreeFile& file) {
  const auto now = or_nothing([&] { return root_.find_status(file.location); });
  if (!now) return;
  if (!is_same_file(file.status, *now)) {
    freed_.findings.push_back(make_finding(FindingCode::not_removed, repo_.text(), file.location,
                                           "it was changed since it was copied, and stays"));
    return;
  }
  root_.remove_file(file.location);
  if (now->links == 1) freed_.bytes += now->allocated;
}

// What is empty goes; side files of a repo without files too.
void TreeRemoval::tidy_folder(const TreeRevision& revision) {
  std::set<std::string, std::greater<>> directories;  // deeper ones first
  for (const auto& [path, file] : revision.files)
    for (std::string at = parent_of(file.location); at.size() > place_.folder.size(); at = parent_of(at))
      directories.insert(at);
  for (const std::string& path : directories) root_.remove_empty_dir(path);
  if (place_.form == TreeForm::indexed) {
    const Dir dir = root_.open_dir(place_.folder);
    const auto names = dir.names();
    const bool is_over = std::all_of(names.begin(), names.end(), [](const std::string& name) {
      return name == ".msc" || name == ".mdl" || name == ".mv";
    });
    if (is_over)
      for (const std::string& name : names) dir.remove_file(name);
  }
  root_.remove_empty_dir(place_.folder);
  root_.remove_empty_dir(parent_of(place_.folder));
}

}  // namespace modelcache
