// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/snapshot_listing.hpp"

#include "modelcache/base/text.hpp"
#include "modelcache/format/git_tree.hpp"
#include "modelcache/format/lfs_pointer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace modelcache {

std::optional<TreeListing> listing_of(const Snapshot& snapshot) {
  if (!snapshot.lists_all) return {};
  TreeListing listing;
  listing.files.reserve(snapshot.entries.size());
  for (const Entry& entry : snapshot.entries) {
    if (!entry.git_oid || !entry.content || !is_utf8(entry.path)) return {};
    ListedFile file{entry.path, entry.size, *entry.git_oid, {}, {}, entry.xet_hash};
    if (entry.content->kind() == HashKind::sha256) {
      file.lfs_sha256 = entry.content;
      file.lfs_size = entry.size;
    }
    listing.files.push_back(std::move(file));
  }
  return listing;
}

bool agree(const TreeListing& one, const TreeListing& other) {
  if (one.files.size() != other.files.size()) return false;
  for (std::size_t i = 0; i < one.files.size(); ++i) {
    const ListedFile& a = one.files[i];
    const ListedFile& b = other.files[i];
    if (a.path != b.path || a.size != b.size || a.blob_id != b.blob_id || a.lfs_sha256 != b.lfs_sha256)
      return false;
  }
  return true;
}

Entry listed_entry(const ListedFile& file) {
  return {file.path, file.content_size(), file.content(), file.blob_id, file.xet_hash};
}

void merge_listing(const std::optional<TreeListing>& listing, Snapshot& snapshot) {
  auto& entries = snapshot.entries;
  const auto by_path = [](const Entry& a, const Entry& b) { return a.path < b.path; };
  std::sort(entries.begin(), entries.end(), by_path);
  snapshot.lists_all = listing.has_value();
  if (!listing) return;
  for (Entry& entry : entries) {
    const ListedFile* file = listing->find(entry.path);
    snapshot.lists_all = snapshot.lists_all && file != nullptr;
    if (file == nullptr) continue;
    const FileMode mode = entry.mode;
    entry = listed_entry(*file);
    entry.mode = mode;
  }
  std::vector<Entry> lacking;
  for (const ListedFile& file : listing->files)
    if (!std::binary_search(entries.begin(), entries.end(), listed_entry(file), by_path))
      lacking.push_back(listed_entry(file));
  entries.insert(entries.end(), lacking.begin(), lacking.end());
  std::sort(entries.begin(), entries.end(), by_path);
}

std::string local_commit(const std::vector<Entry>& entries) {
  std::vector<GitTreeFile> tree;
  for (const Entry& entry : entries) {
    if (!entry.content) continue;
    const bool is_large = entry.content->kind() == HashKind::sha256;
    tree.push_back({entry.path, entry.mode,
                    entry.git_oid ? *entry.git_oid
                    : is_large    ? pointer_git_oid(*entry.content, entry.size)
                                  : *entry.content});
  }
  return git_tree_id(std::move(tree)).hex();
}

}  // namespace modelcache
