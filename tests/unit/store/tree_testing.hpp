// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the tests of AI Studio and ModelScope trees share.

#include "modelcache/format/msc_index.hpp"
#include "modelcache/store/tree_inventory.hpp"

#include <sys/stat.h>
#include <utime.h>

#include "hf_testing.hpp"

namespace modelcache::test {

inline const std::string blob_id(40, 'a');
inline const std::string aistudio_version = "Revision:" + commit_1 + ",CreatedAt:unknown";

// A root, made from values.
class TreeBuilder {
 public:
  explicit TreeBuilder(Layout layout) : layout_(layout) {}

  const TempDir& dir() const noexcept { return dir_; }
  const std::string& root() const noexcept { return dir_.path(); }
  Layout layout() const noexcept { return layout_; }
  Place place() const { return {layout_, root()}; }

  // The index of a folder: each path with its revision.
  void index(const std::string& folder,
             const std::vector<std::pair<std::string, std::string>>& entries) const {
    std::vector<MscEntry> all;
    for (const auto& [path, revision] : entries) {
      MscEntry entry;
      entry.path = path;
      entry.revision = revision;
      all.push_back(entry);
    }
    dir_.write(folder + "/.msc", write_msc(all));
  }
  // A repo as aistudio-sdk 0.3.9 leaves it: config.json and sub/model.bin.
  void demo(const std::string& folder = "models/org/demo") const {
    dir_.write(folder + "/config.json", "{}");
    dir_.write(folder + "/sub/model.bin", std::string(5000, 'W'));
    index(folder, {{"config.json", blob_id}, {"sub/model.bin", blob_id}});
    dir_.write(folder + "/.mdl", write_mdl(folder.substr(folder.find('/') + 1)));
    dir_.write(folder + "/.mv",
               layout_ == Layout::aistudio ? aistudio_version : "Revision:master,CreatedAt:1700000000");
  }

  Stock stock(Detail detail = Detail::files) const {
    TreeInventory inventory(root(), layout_);
    return take_stock(inventory, detail);
  }
  // Findings of the only repo, or of the one in this folder.
  Strings findings(const std::string& folder = "models/org/demo") const {
    return told(stock().repo(folder).findings);
  }
  std::string detail(FindingCode code, const std::string& folder = "models/org/demo") const {
    const Stock stock = this->stock();
    for (const Finding& finding : stock.repo(folder).findings)
      if (finding.code == code) return finding.detail;
    return "no such finding";
  }

 private:
  TempDir dir_;
  Layout layout_;
};

inline Strings paths_of(const RevisionInventory& revision) {
  Strings paths;
  for (const FileInventory& file : revision.list) paths.push_back(file.path);
  return paths;
}

}  // namespace modelcache::test
