// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_inventory.hpp"

#include "modelcache/base/digest.hpp"
#include "modelcache/base/error.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace modelcache {

namespace fs = boost::filesystem;

namespace {

bool is_known_at_root(std::string_view name) {
  return name == ".locks" || name == "CACHEDIR.TAG" || name == ".DS_Store" || name == "Thumbs.db" ||
         name == "desktop.ini";
}

std::string section_path(const char* variable, const std::string& home, const char* name) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? value : (fs::path(home) / name).string();
}

}  // namespace

HfInventory::HfInventory(const std::string& root)
    : root_(Dir::open_root(absolute_path(root))),
      real_path_(real_path(root_.path())),
      shared_(SharedStore::open(root_)) {}

RepoLocation HfInventory::location_of(const std::string& folder) const {
  return {folder, {root_.path_of(folder), real_path_ + "/" + folder}};
}

std::vector<std::string> HfInventory::folders(std::vector<Finding>& findings) {
  std::vector<std::string> folders;
  root_.for_each([&](const Dir::Item& item) {
    const bool may_be_repo = item.kind == FileKind::directory || item.kind == FileKind::link;
    if (may_be_repo && split_repo_folder(item.name)) {
      folders.emplace_back(item.name);
      return;
    }
    if (is_known_at_root(item.name)) return;
    if (item.name != "blobs")
      findings.push_back(
          make_finding(FindingCode::stray_entry, "", item.name, "it is no repo; clients warn about it"));
    else if (!shared_)
      findings.push_back(
          make_finding(FindingCode::shared_store_unowned, "", item.name,
                       "a shared blob store without the marker of a version we know; it is left alone"));
  });
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::optional<RepoInventory> HfInventory::read(const std::string& folder, Detail detail) {
  const HfScanContext context{root_, shared_ ? &*shared_ : nullptr, seen_, counted_};
  auto scanned = HfRepoScan(context, location_of(folder), detail).run();
  if (!scanned) return {};
  const std::scoped_lock lock(mutex_);
  physical_ += scanned->physical;
  allocated_ += scanned->repo.allocated;
  reclaimable_ += scanned->repo.reclaimable;
  ++repos_;
  return std::move(scanned->repo);
}

// Payloads that no repo names any more: still on disk, and counted by the client's own tool.
void HfInventory::add_unreferenced_payloads(CacheInventory& cache) {
  shared_->dir().for_each([&](const Dir::Item& prefix) {
    if (prefix.kind != FileKind::directory || prefix.name.size() != 2) return;
    try {
      add_payloads_of(std::string(prefix.name), cache);
    } catch (const Error& error) {
      const bool is_denied = error.error_number() == EACCES || error.error_number() == EPERM;
      cache.findings.push_back(
          make_finding(is_denied ? FindingCode::permission_denied : FindingCode::vanished, "",
                       "blobs/" + std::string(prefix.name), error.what()));
    }
  });
}

void HfInventory::add_payloads_of(const std::string& prefix, CacheInventory& cache) {
  const auto dir = shared_->dir().find_dir(prefix);
  if (!dir) return;
  dir->for_each([&](const Dir::Item& item) {
    if (item.kind != FileKind::file || !Digest::parse(HashKind::sha256, item.name)) return;
    const auto status = dir->find_status(item.name);
    if (!status || !seen_.add(*status)) return;
    cache.size += status->size;
    cache.allocated += status->allocated;
    cache.reclaimable += status->allocated;
    cache.findings.push_back(make_finding(FindingCode::blob_orphan, "",
                                          "blobs/" + prefix + "/" + std::string(item.name),
                                          "no repo names this shared content"));
  });
}

void HfInventory::add_sections(CacheInventory& cache) const {
  boost::system::error_code error;
  if (!fs::equivalent(root_.path(), default_hf_root(), error) || error) return;
  const std::string home = default_hf_home();
  for (const auto& [name, variable] :
       {std::pair{"assets", "HF_ASSETS_CACHE"}, std::pair{"xet", "HF_XET_CACHE"},
        std::pair{"datasets", "HF_DATASETS_CACHE"}, std::pair{"modules", "HF_MODULES_CACHE"}}) {
    SectionInventory section{name, section_path(variable, home, name), 0, 0, 0};
    if (!fs::is_directory(section.path, error)) continue;
    try {
      measure(Dir::open_root(section.path), section);
    } catch (const Error& failure) {
      cache.findings.push_back(
          make_finding(FindingCode::permission_denied, "", section.path, failure.what()));
    }
    cache.sections.push_back(std::move(section));
  }
}

CacheInventory HfInventory::totals() {
  CacheInventory cache;
  cache.path = root_.path();
  cache.size = physical_;
  cache.allocated = allocated_;
  cache.reclaimable = reclaimable_;
  cache.repos = repos_;
  if (shared_) add_unreferenced_payloads(cache);
  add_sections(cache);
  return cache;
}

}  // namespace modelcache
