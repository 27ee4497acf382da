// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the tests of hub caches share.

#include "modelcache/store/hf_inventory.hpp"

#include "support/cache_builder.hpp"
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache::test {

using Strings = std::vector<std::string>;

inline std::string digest_text(const FileInventory& file) {
  return file.digest ? file.digest->text() : "";
}

inline Strings lines_of(const std::vector<LackingFile>& lacking) {
  Strings lines;
  for (const LackingFile& file : lacking) lines.push_back(file.line());
  return lines;
}

// "ref_newline error models--org--demo/refs/main", sorted.
inline Strings told(const std::vector<Finding>& findings) {
  Strings lines;
  for (const Finding& finding : findings)
    lines.push_back(std::string(info(finding.code).name) + " " + std::string(to_string(finding.severity)) +
                    " " + finding.path);
  std::sort(lines.begin(), lines.end());
  return lines;
}

// All of a cache, read as cache-scan reads it.
struct Stock {
  std::vector<Finding> root_findings;
  std::vector<RepoInventory> repos;
  CacheInventory cache;

  const RepoInventory& repo(std::string_view folder = "models--org--demo") const {
    for (const RepoInventory& repo : repos)
      if (repo.path.ends_with("/" + std::string(folder))) return repo;
    throw std::runtime_error("no repo " + std::string(folder));
  }
};

inline Stock take_stock(Inventory& inventory, Detail detail) {
  Stock stock;
  for (const std::string& folder : inventory.folders(stock.root_findings))
    if (auto repo = inventory.read(folder, detail)) stock.repos.push_back(std::move(*repo));
  stock.cache = inventory.totals();
  return stock;
}

inline Stock take_stock(const std::string& root, Detail detail = Detail::files) {
  HfInventory inventory(root);
  return take_stock(inventory, detail);
}

inline const RevisionInventory& revision_of(const RepoInventory& repo, std::string_view commit) {
  for (const RevisionInventory& revision : repo.revisions)
    if (revision.commit == commit) return revision;
  throw std::runtime_error("no revision " + std::string(commit));
}

// Runs `work` without root's rights, which would read everything.
inline std::string as_nobody(const std::function<std::string()>& work) {
  return in_child([&] {
    if (::geteuid() == 0) become_nobody();
    return work();
  });
}

// Lets the user of as_nobody() look into a cache.
inline void open_to_all(const CacheBuilder& cache) {
  using std::filesystem::perms;
  std::filesystem::permissions(cache.root(), perms(0755));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(cache.root()))
    if (!entry.is_symlink())
      std::filesystem::permissions(entry.path(), perms(entry.is_directory() ? 0755 : 0644));
}

// A file or directory of a cache with other rights, until it must be removed.
class ModeGuard {
 public:
  ModeGuard(const CacheBuilder& cache, std::string_view name, unsigned mode) : path_(cache.dir().path(name)) {
    std::filesystem::permissions(path_, std::filesystem::perms(mode));
  }
  ~ModeGuard() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms(0700), ignored);
  }
  ModeGuard(const ModeGuard&) = delete;
  ModeGuard& operator=(const ModeGuard&) = delete;

 private:
  std::string path_;
};

inline std::string joined(const Strings& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace modelcache::test
