// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the tests of LfsClone share.

#include "modelcache/store/lfs_clone.hpp"

#include "support/clone_builder.hpp"
#include "support/content.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache::test {

inline const RepoId demo = RepoId::parse(RepoType::model, "org/demo");

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline const Entry& entry_of(const Snapshot& snapshot, std::string_view path) {
  const Entry* entry = snapshot.find(path);
  if (entry == nullptr) throw std::runtime_error("the snapshot has no " + std::string(path));
  return *entry;
}

inline std::string content_of(LfsClone& clone, const Snapshot& snapshot, std::string_view path) {
  const Entry& entry = entry_of(snapshot, path);
  if (auto reason = clone.lacks(demo, entry)) return "lacks: " + *reason;
  return text_of(clone.open(demo, entry));
}

// Paths whose content cannot be had, or is not what the entry says.
inline std::vector<std::string> bad_contents(LfsClone& clone, const Snapshot& snapshot) {
  std::vector<std::string> bad;
  for (const Entry& entry : snapshot.entries) {
    const bool good = !clone.lacks(demo, entry) &&
                      hash_bytes(entry.content->kind(), text_of(clone.open(demo, entry))) == *entry.content;
    if (!good) bad.push_back(entry.path.bytes());
  }
  return bad;
}

inline std::vector<std::string> paths_of(const Snapshot& snapshot) {
  std::vector<std::string> paths;
  for (const Entry& entry : snapshot.entries) paths.push_back(entry.path.bytes());
  return paths;
}

// What opening and reading all of HEAD throws.
inline Thrown thrown_by_reading(const std::string& path, const LfsCloneOptions& options = {}) {
  return thrown_by([&] {
    LfsClone clone(path, options);
    return bad_contents(clone, clone.snapshot(demo, "HEAD")).size();
  });
}

}  // namespace modelcache::test
