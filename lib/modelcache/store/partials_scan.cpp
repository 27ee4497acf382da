// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/partials_scan.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/store/partial_files.hpp"
#include "modelcache/store/tree_locks.hpp"

#include <set>

namespace modelcache {

namespace {

constexpr std::string_view lock_suffix = ".lock";

class PartialsScan {
 public:
  PartialsScan(const TreeScanContext& context, const TreeRepo& place, const CachedSize& cached)
      : stock_(context, place, Detail::revisions), cached_(cached) {}

  RepoInventory run() {
    const RepoStock::Walk walk = stock_.walk("");
    for (const WalkedFile& file : walk.files)
      if (is_lock(file)) add_lock(file);
    if (stock_.context().layout == Layout::modelscope && !walk.files.empty())
      all_running_ = is_repo_locked(stock_.context().root, client_base(without_last(stock_.tree().folder, 3)),
                                    stock_.tree().id);
    for (const WalkedFile& file : walk.files)
      if (!is_lock(file)) add_partial(file);
    return stock_.take();
  }

 private:
  // A file of the repo may have such a name too, but is hardly as small while it comes in.
  bool is_lock(const WalkedFile& file) const {
    return stock_.context().layout == Layout::aistudio && file.path.size() > lock_suffix.size() &&
           file.path.ends_with(lock_suffix) && file.kind == WalkedFile::Kind::file && file.target.empty() &&
           file.status.size <= process_lock_limit;
  }

  void add_lock(const WalkedFile& file) {
    stock_.add_space(file.status, RepoStock::Use::needed);
    try {
      const std::string path = join_path(stock_.tree().folder, file.path);
      const ProcessLock lock = parse_process_lock(stock_.context().root.read_file(path, process_lock_limit));
      const std::string target = file.path.substr(0, file.path.size() - lock_suffix.size());
      note_lock(file.path, lock, target);
      if (lock.state == ProcessLock::State::alive) running_.insert(target);
    } catch (const Error& error) {
      stock_.note_failure(file.path, error);
    }
  }

  void note_lock(const std::string& path, const ProcessLock& lock, const std::string& target) {
    const std::string process = "process " + std::to_string(lock.process);
    switch (lock.state) {
      case ProcessLock::State::alive:
        return stock_.note(FindingCode::lock_held, path, process + " downloads this file");
      case ProcessLock::State::gone:
        return stock_.note(FindingCode::lock_held, Severity::note, path,
                           process + " is gone; its client removes such a lock");
      case ProcessLock::State::empty:
        // aistudio-sdk 0.3.9 takes what is no number for a process that is at work.
        return stock_.note(FindingCode::lock_held, cached_(target) ? Severity::note : Severity::warning, path,
                           "it names no process: the client skips this file for ever");
    }
  }

  void add_partial(const WalkedFile& file) {
    const PartialName name = partial_name(file.path);
    const bool is_running = all_running_ || running_.count(name.target) > 0;
    if (file.kind != WalkedFile::Kind::file || !file.target.empty())
      return stock_.note(FindingCode::stray_entry, file.path, "it is not a file that comes in");
    stock_.add_space(file.status, is_running ? RepoStock::Use::needed : RepoStock::Use::reclaimable);
    if (is_running)
      return stock_.note(FindingCode::partial_download, file.path, "a download that is running");
    if (const auto size = cached_(name.target))
      return stock_.note(FindingCode::partial_download, file.path,
                         *size == file.status.size
                             ? "as large as the file in the cache, which does not need it"
                             : "a download that never finished; the file is in the cache all the same");
    if (name.kind == PartialKind::range)
      return stock_.note(FindingCode::partial_download, file.path,
                         "a range of a download that never finished");
    if (stock_.context().layout != Layout::aistudio)
      return stock_.note(FindingCode::partial_download, file.path, "a download that never finished");
    stock_.note(
        FindingCode::partial_download, Severity::warning, file.path,
        "a partial that keeps its file out of the cache: aistudio-sdk 0.3.6 - 0.3.9 completes it here "
        "and never moves it in");
  }

  RepoStock stock_;
  const CachedSize& cached_;
  std::set<std::string> running_;
  bool all_running_ = false;
};

}  // namespace

std::string_view partials_name(Layout layout) {
  return layout == Layout::aistudio ? "._tmp" : "._____temp";
}

std::string client_base(std::string_view directory_of_owners) {
  for (const std::string_view type : {"models", "datasets", "studios"}) {
    if (directory_of_owners == type) return {};
    if (directory_of_owners.ends_with("/" + std::string(type))) return without_last(directory_of_owners, 1);
  }
  return std::string(directory_of_owners);
}

RepoInventory scan_partials(const TreeScanContext& context, const TreeRepo& place, const CachedSize& cached) {
  try {
    const auto status = or_nothing([&] { return context.root.find_status(place.folder); });
    if (!status || status->kind != FileKind::directory) return {};
  } catch (const Error&) {
    return {};  // what is above it could not be read, which is told there
  }
  return PartialsScan(context, place, cached).run();
}

}  // namespace modelcache
