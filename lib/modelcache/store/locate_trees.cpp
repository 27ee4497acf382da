// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/locate_trees.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/msc_index.hpp"
#include "modelcache/store/tree_repos.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace modelcache {

namespace {

constexpr int index_levels = 3;  // a root holds [models/]owner/name/.msc, or hub/ that holds it
// Looked into on each level: enough to recognise, cheap on any tree.
constexpr std::size_t index_folders = 64;

bool is_type_folder(std::string_view name) {
  return name == "models" || name == "datasets" || name == "studios" || name == "mcps" || name == "skills";
}

class SignSearch {
 public:
  TreeSigns run(const Dir& top) {
    look(top, "", index_levels);
    // Beside an index they tell; alone they are names like others.
    signs_.aistudio = signs_.aistudio || (signs_.has_index && has_aistudio_partials_);
    signs_.modelscope = signs_.modelscope || (signs_.has_index && has_modelscope_partials_);
    return signs_;
  }

 private:
  bool is_decided() const { return signs_.aistudio && signs_.modelscope; }

  // `name` is that of `dir`.
  void look(const Dir& dir, std::string_view name, int levels) {
    std::vector<std::string> below;
    bool has_index = false;
    dir.for_each([&](const Dir::Item& item) {
      if (item.kind == FileKind::file) has_index = has_index || item.name == ".msc" || item.name == ".mdl";
      if (item.kind != FileKind::directory) return;
      if (item.name == "._tmp") has_aistudio_partials_ = true;
      if (item.name == "._____temp") has_modelscope_partials_ = true;
      if (!item.name.starts_with('.') && below.size() < index_folders) below.emplace_back(item.name);
    });
    if (has_index) look_at_version(dir);
    if (is_type_folder(name)) look_at_repos(dir, below);
    if (levels == 0) return;
    for (const std::string& child : below) {
      if (is_decided()) return;
      try {
        if (const auto next = dir.find_dir(child))
          look(*next, child, child == "hub" && name.empty() ? levels : levels - 1);
      } catch (const Error&) {
        continue;  // not ours to read: it says nothing about what this is
      }
    }
  }

  void look_at_version(const Dir& dir) {
    signs_.has_index = true;
    const auto text = or_nothing([&] { return dir.find_content(".mv", mv_limit); });
    const auto version = text ? parse_mv(*text).text : std::nullopt;
    const auto flavour = version ? version->flavour() : std::nullopt;
    if (flavour == MscFlavour::aistudio) signs_.aistudio = true;
    if (flavour == MscFlavour::modelscope) signs_.modelscope = true;
  }

  // Repos without an index: "owner--name/snapshots" and "name/blobs" with "name/snapshots".
  void look_at_repos(const Dir& types, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const auto holds = [&](const char* part) {
        const auto status = types.find_status(name + "/" + part);
        return status && status->kind == FileKind::directory;
      };
      if (!holds("snapshots")) continue;
      if (name.find("--") != name.npos)
        signs_.modelscope = true;
      else if (holds("blobs"))
        signs_.aistudio = true;
    }
  }

  TreeSigns signs_;
  bool has_aistudio_partials_ = false;
  bool has_modelscope_partials_ = false;
};

}  // namespace

TreeSigns find_tree_signs(const Dir& dir) {
  return SignSearch().run(dir);
}

bool holds_blobs_trees(const std::string& root) {
  try {
    const auto dir = Dir::find_root(root);
    if (!dir) return false;
    const auto repos = find_tree_repos(*dir, Layout::aistudio).repos;
    return std::any_of(repos.begin(), repos.end(),
                       [](const TreeRepo& repo) { return repo.form == TreeForm::blobs; });
  } catch (const Error&) {
    return false;
  }
}

}  // namespace modelcache
