// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_repos.hpp"

#include "modelcache/base/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <tuple>
#include <utility>

namespace modelcache {

namespace {

// "studios" is ModelScope's word for spaces.
struct TypeFolder {
  RepoType type;
  std::string_view name;
};
constexpr std::array<TypeFolder, 3> type_folders{
    {{RepoType::model, "models"}, {RepoType::dataset, "datasets"}, {RepoType::space, "studios"}}};

constexpr std::array<std::string_view, 10> not_owners{"models", "datasets", "studios",    "mcps",  "skills",
                                                      "hub",    "temp",     "._____temp", "._tmp", ".lock"};

bool is_owner(std::string_view name) {
  return !name.starts_with('.') && std::find(not_owners.begin(), not_owners.end(), name) == not_owners.end();
}

// What may not be read says nothing of what is there.
template <typename Look>
auto if_readable(const Look& look) -> decltype(look()) {
  try {
    return look();
  } catch (const Error& error) {
    if (error.error_number() != EACCES && error.error_number() != EPERM) throw;
    return {};
  }
}

std::optional<Dir> open_if_readable(const Dir& parent, std::string_view path) {
  return if_readable([&] { return or_nothing([&] { return parent.find_dir(path); }); });
}

std::optional<Status> status_if_readable(const Dir& dir, std::string_view name) {
  return if_readable([&] { return dir.find_status(name); });
}

bool has_any_of(const Dir& dir, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return status_if_readable(dir, name).has_value(); });
}

bool is_directory(const Dir& dir, std::string_view name) {
  const auto status = status_if_readable(dir, name);
  return status && status->kind == FileKind::directory;
}

bool is_empty(const Dir& dir) {
  bool found = false;
  dir.for_each([&](const Dir::Item&) { found = true; });
  return !found;
}

// modelscope 1.40: an older tree that names the type, then the newer layout, then older ones.
int rank(const TreeRepo& repo) {
  if (repo.form != TreeForm::indexed) return 1;
  std::string_view folder = repo.folder;
  if (folder.starts_with("hub/")) folder.remove_prefix(4);
  const bool names_type = std::any_of(type_folders.begin(), type_folders.end(), [&](const TypeFolder& type) {
    return folder.starts_with(type.name) && folder.substr(type.name.size()).starts_with('/');
  });
  return names_type ? 0 : 2;
}

class TreeWalk {
 public:
  // `only` empty: all repos; else this id, and maybe others of its owner.
  TreeWalk(const Dir& root, Layout layout, std::string_view only = {})
      : root_(root), layout_(layout), only_(only) {}

  TreeRepos run() {
    if (layout_ == Layout::aistudio) {
      add_types("");
      add_hub_folders();
    } else {
      add_types("");
      add_types("hub/");
      add_owners("", RepoType::model, Untyped::yes);
      add_owners("hub/", RepoType::model, Untyped::yes);
    }
    // Stable: of several places of one rank the first that was looked at stays first.
    std::stable_sort(found_.repos.begin(), found_.repos.end(), [](const TreeRepo& a, const TreeRepo& b) {
      return std::tuple(a.type, a.id, rank(a)) < std::tuple(b.type, b.id, rank(b));
    });
    std::sort(found_.aliases.begin(), found_.aliases.end());
    return std::move(found_);
  }

 private:
  // Releases before modelscope 1.23 knew no types.
  enum class Untyped { no, yes };

  void add_types(const std::string& base) {
    for (const TypeFolder& folder : type_folders)
      add_owners(base + std::string(folder.name) + "/", folder.type, Untyped::no);
  }

  void add_owners(const std::string& base, RepoType type, Untyped untyped) {
    const auto dir =
        base.empty() ? root_.duplicate() : open_if_readable(root_, base.substr(0, base.size() - 1));
    if (!dir) return;
    for (const std::string& name : dir->names()) {
      if (!is_owner(name) || !may_hold(name) || !is_directory(*dir, name)) continue;
      const auto owner = open_if_readable(*dir, name);
      if (!owner) continue;
      if (untyped == Untyped::no && add_whole(*owner, base + name, name, type)) continue;
      add_names(*owner, base + name + "/", name, type, untyped);
    }
  }

  void add_hub_folders() {
    for (const std::string& name : root_.names()) {
      const auto parts = split_repo_folder(name);
      if (!parts || (!only_.empty() && parts->id != only_) || !is_directory(root_, name)) continue;
      const auto dir = open_if_readable(root_, name);
      if (dir && is_directory(*dir, "blobs") && is_directory(*dir, "snapshots"))
        found_.repos.push_back({parts->type, parts->id, name, TreeForm::hub});
    }
  }

  bool may_hold(std::string_view folder) const {
    if (only_.empty() || folder == only_) return true;
    const std::string_view owner = only_.substr(0, only_.find('/'));
    return folder == owner || (folder.starts_with(owner) && folder.substr(owner.size()).starts_with("--"));
  }

  // Folders that are a repo by themselves, without an owner above them.
  bool add_whole(const Dir& dir, const std::string& folder, const std::string& name, RepoType type) {
    const std::size_t dashes = name.find("--");
    if (layout_ == Layout::modelscope && dashes != std::string::npos && is_directory(dir, "snapshots")) {
      found_.repos.push_back(
          {type, name.substr(0, dashes) + "/" + name.substr(dashes + 2), folder, TreeForm::snapshots});
      return true;
    }
    const auto blobs = layout_ == Layout::aistudio ? open_if_readable(dir, "blobs") : std::nullopt;
    // An owner may have a repo of this name.
    if (!blobs || has_any_of(*blobs, {".msc", ".mdl", ".mv"})) return false;
    found_.repos.push_back({type, name, folder, TreeForm::blobs});
    return true;
  }

  void add_names(const Dir& owner, const std::string& base, const std::string& owner_name, RepoType type,
                 Untyped untyped) {
    for (const std::string& name : owner.names()) {
      const auto status = status_if_readable(owner, name);
      if (!status || name.starts_with('.')) continue;
      if (status->kind == FileKind::link && untyped == Untyped::no) found_.aliases.push_back(base + name);
      if (status->kind != FileKind::directory) continue;
      const auto dir = open_if_readable(owner, name);
      if (!dir || is_empty(*dir)) continue;
      // Without a type in the path anything may lie here.
      if (untyped == Untyped::yes && !has_any_of(*dir, {".msc", ".mdl"})) continue;
      found_.repos.push_back({type, owner_name + "/" + unmasked_name(name), base + name, TreeForm::indexed});
    }
  }

  const Dir& root_;
  Layout layout_;
  std::string_view only_;
  TreeRepos found_;
};

struct OwnerAndName {
  std::string owner;
  std::string name;
};

OwnerAndName split(const RepoId& repo) {
  const std::size_t slash = repo.id().find('/');
  if (slash == std::string::npos)
    throw Error(Cause::refused, "cannot keep " + repo.text() +
                                    " in this layout: its repos have an owner, OWNER/NAME; --repo names one");
  return {repo.id().substr(0, slash), repo.id().substr(slash + 1)};
}

std::string type_folder(const RepoId& repo) {
  for (const TypeFolder& folder : type_folders)
    if (folder.type == repo.type()) return std::string(folder.name);
  throw Error(Cause::refused,
              "cannot keep " + repo.text() + " in this layout: it has models, datasets and studios only");
}

}  // namespace

std::optional<RepoId> TreeRepo::repo() const {
  if (RepoId::flaw(id)) return {};
  return RepoId::parse(type, id);
}

TreeRepos find_tree_repos(const Dir& root, Layout layout) {
  return TreeWalk(root, layout).run();
}

std::vector<TreeRepo> find_tree_repo(const Dir& root, Layout layout, const RepoId& repo) {
  TreeRepos all = TreeWalk(root, layout, repo.id()).run();
  std::erase_if(all.repos,
                [&](const TreeRepo& one) { return one.type != repo.type() || one.id != repo.id(); });
  return std::move(all.repos);
}

MscFlavour msc_flavour(Layout layout) {
  return layout == Layout::aistudio ? MscFlavour::aistudio : MscFlavour::modelscope;
}

std::string indexed_folder(const RepoId& repo) {
  const auto [owner, name] = split(repo);
  const std::string folder = masked_name(name);
  if (const std::string other = unmasked_name(folder); other != name)
    throw Error(Cause::refused, "cannot keep " + repo.text() + " in this layout: its folder " + folder +
                                    " would be that of " + owner + "/" + other + " too");
  if (repo.type() == RepoType::space)
    throw Error(Cause::refused,
                "cannot keep " + repo.text() + " in this layout: it has models and datasets only");
  return type_folder(repo) + "/" + owner + "/" + folder;
}

std::string snapshots_folder(const RepoId& repo) {
  const auto [owner, name] = split(repo);
  return type_folder(repo) + "/" + owner + "--" + name;
}

std::string partials_folder(Layout layout, const RepoId& repo) {
  return std::string(layout == Layout::aistudio ? "._tmp/" : "._____temp/") + repo.id();
}

}  // namespace modelcache
