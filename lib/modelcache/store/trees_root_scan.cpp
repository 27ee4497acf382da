// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/trees_root_scan.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/store/partial_files.hpp"
#include "modelcache/store/partials_scan.hpp"
#include "modelcache/store/tree_locks.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

namespace {

// What clients keep beside the repos. `.auth`, `credentials` and the like are never looked into.
constexpr std::array<std::string_view, 16> known_at_root{
    ".auth", ".log", ".cache", ".lock",  ".download_state", "credentials", "._tmp",   "._____temp",
    "hub",   "temp", "mcps",   "skills", "models",          "datasets",    "studios", "dataset"};

bool is_known(std::string_view name) {
  return is_system_file(name) ||
         std::find(known_at_root.begin(), known_at_root.end(), name) != known_at_root.end();
}

class TreesRootScan {
 public:
  TreesRootScan(const TreeScanContext& context, const TreeRepos& found) : context_(context), found_(found) {}

  RootFindings run() {
    scan_base("");
    if (context_.layout == Layout::modelscope) scan_base("hub");
    for (const std::string& alias : found_.aliases) check_alias(alias);
    if (context_.layout == Layout::modelscope)
      for (const TreeRepo& tree : found_.repos) check_lock(tree);
    return std::move(result_);
  }

 private:
  void note(FindingCode code, std::string_view path, std::string_view detail) {
    result_.findings.push_back(make_finding(code, "", path, detail));
  }

  void note(FindingCode code, Severity severity, std::string_view path, std::string_view detail) {
    result_.findings.push_back({code, severity, "", std::string(path), std::string(detail)});
  }

  // The directory, where it may be read; else why not.
  std::optional<Dir> open(const std::string& path) {
    try {
      return path.empty() ? context_.root.duplicate() : context_.root.find_dir(path);
    } catch (const Error& error) {
      note_failure(path, error);
      return {};
    }
  }

  // A directory may let us read its names and look at none.
  std::optional<Status> status_of(const Dir& dir, std::string_view name, std::string_view path) {
    try {
      return dir.find_status(name);
    } catch (const Error& error) {
      note_failure(path, error);
      return {};
    }
  }

  void note_failure(std::string_view path, const Error& error) {
    const bool is_denied = error.error_number() == EACCES || error.error_number() == EPERM;
    if (is_denied) return note(FindingCode::permission_denied, path, "we may not read it");
    if (error.error_number() == ELOOP)
      return note(FindingCode::link_escapes, Severity::warning, path,
                  "a symbolic link stands where a directory should be; it is not followed");
    if (is_absent(error) || error.cause() == Cause::refused)
      return note(FindingCode::stray_entry, Severity::note, path, "it should be a directory");
    throw error;
  }

  bool holds_repo(const std::string& folder) const {
    const std::string prefix = folder + "/";
    return std::any_of(found_.repos.begin(), found_.repos.end(), [&](const TreeRepo& tree) {
      return tree.folder == folder || tree.folder.starts_with(prefix);
    });
  }

  // A client's own root: the place, or hub below it.
  void scan_base(const std::string& base) {
    const auto dir = open(base);
    if (!dir) return;
    for (const std::string& name : dir->names()) {
      if (is_known(name)) continue;
      const std::string path = join_path(base, name);
      if (!holds_repo(path))
        note(FindingCode::stray_entry, Severity::note, path,
             "it is no part of the layout; clients leave it alone");
    }
    for (const char* type : {"models", "datasets", "studios"}) scan_type(join_path(base, type));
    scan_partials_below(base);
  }

  void scan_type(const std::string& path) {
    const auto dir = open(path);
    if (!dir) return;
    for (const std::string& owner : dir->names()) {
      if (is_known(owner)) continue;
      const std::string folder = join_path(path, owner);
      const auto status = status_of(*dir, owner, folder);
      if (!status || (status->kind == FileKind::directory && holds_repo(folder))) {
        scan_owner(folder);
        continue;
      }
      if (status->kind == FileKind::link)
        note(FindingCode::link_escapes, Severity::warning, folder,
             "a symbolic link stands where a directory should be; it is not followed");
      else if (status->kind != FileKind::directory)
        note(FindingCode::stray_entry, Severity::note, folder, "it is no part of the layout");
      else
        scan_owner(folder);
    }
    scan_partials_below(path);
  }

  // Of a directory that is a repo by itself its own scan tells.
  void scan_owner(const std::string& folder) {
    const bool is_repo = std::any_of(found_.repos.begin(), found_.repos.end(),
                                     [&](const TreeRepo& tree) { return tree.folder == folder; });
    const auto dir = is_repo ? std::nullopt : open(folder);
    if (!dir) return;
    for (const std::string& name : dir->names()) {
      if (is_known(name)) continue;
      const std::string path = join_path(folder, name);
      const auto status = status_of(*dir, name, path);
      if (!status || status->kind == FileKind::link) continue;
      if (status->kind != FileKind::directory)
        note(FindingCode::stray_entry, Severity::note, path, "it is no part of the layout");
      else if (!holds_repo(path))
        open(path);  // an empty directory is nothing, one that may not be read is told
    }
  }

  // Downloads of repos of which nothing has arrived yet; those of others are told with their repo.
  void scan_partials_below(const std::string& base) {
    const std::string top = join_path(base, partials_name(context_.layout));
    const auto dir = open(top);
    if (!dir) return;
    for (const std::string& owner : dir->names()) {
      const auto owner_dir = is_system_file(owner) ? std::nullopt : open(join_path(top, owner));
      if (!owner_dir) continue;
      for (const std::string& name : owner_dir->names()) add_partials(base, top, join_path(owner, name));
    }
  }

  void add_partials(const std::string& base, const std::string& top, const std::string& id) {
    const bool is_known_repo =
        std::any_of(found_.repos.begin(), found_.repos.end(), [&](const TreeRepo& tree) {
          return tree.form == TreeForm::indexed && tree.id == id && without_last(tree.folder, 2) == base;
        });
    if (is_known_repo) return;
    const RepoType type = base.ends_with("datasets") ? RepoType::dataset : RepoType::model;
    RepoInventory partials = scan_partials(context_, {type, id, top + "/" + id, TreeForm::indexed},
                                           [](const std::string&) { return std::optional<std::uint64_t>(); });
    result_.allocated += partials.allocated;
    result_.reclaimable += partials.reclaimable;
    std::move(partials.findings.begin(), partials.findings.end(), std::back_inserter(result_.findings));
  }

  // A lock that nobody holds stays for ever and means nothing.
  void check_lock(const TreeRepo& tree) {
    if (tree.form != TreeForm::indexed) return;
    const std::string base = client_base(without_last(tree.folder, 2));
    if (!is_repo_locked(context_.root, base, tree.id)) return;
    const std::string repo = std::string(to_string(tree.type)) + "/" + tree.id;
    result_.findings.push_back(make_finding(FindingCode::lock_held, repo, repo_lock_path(base, tree.id),
                                            "a client downloads this repo now"));
  }

  void check_alias(const std::string& alias) {
    LinkTarget target;
    try {
      target = context_.links.follow(alias);
    } catch (const Error& error) {
      return note_failure(alias, error);
    }
    if (target.end == LinkEnd::nothing)
      note(FindingCode::alias_dangling, alias, "it leads to nothing: " + target.path);
    if (target.end == LinkEnd::outside)
      note(FindingCode::alias_dangling, Severity::note, alias,
           "it leads out of the cache, to " + target.path + "; it is not followed");
  }

  const TreeScanContext& context_;
  const TreeRepos& found_;
  RootFindings result_;
};

}  // namespace

RootFindings scan_trees_root(const TreeScanContext& context, const TreeRepos& found) {
  return TreesRootScan(context, found).run();
}

}  // namespace modelcache
