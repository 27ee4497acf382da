// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/modelscope_rules.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/store/partial_files.hpp"
#include "modelcache/store/tree_locks.hpp"

#include <algorithm>

namespace modelcache {

namespace {

// The name of a revision's directory: one component, and none that the client or we keep for ourselves.
bool has_folder(std::string_view name) {
  return !name.empty() && !name.starts_with('.') && name.find('/') == std::string_view::npos;
}

}  // namespace

std::vector<std::string> ModelscopeRules::folders(const Snapshot& snapshot) const {
  std::vector<std::string> names;
  for (const std::string& ref : snapshot.refs)
    if (has_folder(ref)) names.push_back(ref);
  if (names.empty()) names.push_back(snapshot.commit);
  const std::string above = folder_ + "/snapshots/";
  for (std::string& name : names) name.insert(0, above);
  return names;
}

std::vector<std::string> ModelscopeRules::present_folders(const Dir& root) const {
  std::vector<std::string> folders;
  const auto snapshots = or_nothing([&] { return root.find_dir(folder_ + "/snapshots"); });
  if (!snapshots) return folders;
  snapshots->for_each([&](const Dir::Item& item) {
    if (item.kind == FileKind::directory && has_folder(item.name))
      folders.push_back(folder_ + "/snapshots/" + std::string(item.name));
  });
  std::sort(folders.begin(), folders.end());
  return folders;
}

// The client would take them for its own downloads, and we for those of a dead one.
void ModelscopeRules::require_expressible(const Publication& publication) const {
  for (std::size_t i = 0; i < publication.present.size(); ++i) {
    const Entry& entry = publication.snapshot.entries[i];
    const auto partial = partial_beside_files(entry.path);
    if (publication.present[i] && partial && partial->kind != PartialKind::range)
      throw_error(Cause::refused, "write", entry.path,
                  "modelscope gives such names to files on their way; --exclude leaves it out");
  }
}

std::vector<std::string> ModelscopeRules::notes(const Publication& publication) const {
  std::vector<std::string> notes;
  const auto& refs = publication.snapshot.refs;
  std::string left_out;
  for (const std::string& ref : refs)
    if (!has_folder(ref)) left_out += (left_out.empty() ? "" : ", ") + terminal_safe(ref);
  if (!left_out.empty())
    notes.push_back("not kept: " + left_out + "; the name of a revision is that of one directory here");
  return notes;
}

std::optional<FileLock> ModelscopeRules::lock(const Dir&, std::chrono::milliseconds) const {
  return {};
}

std::optional<FileLock> ModelscopeRules::lock_file(const Dir& root, const RelPath& path,
                                                   std::chrono::milliseconds wait) const {
  return lock_modelscope_file(root, repo_, path, wait);
}

}  // namespace modelcache
