// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_locks.hpp"

#include "modelcache/base/digest.hpp"
#include "modelcache/base/error.hpp"

#include <signal.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <thread>
#include <vector>

namespace modelcache {

namespace {

constexpr std::size_t lock_limit = 64;  // bytes; a pid has far fewer
constexpr std::chrono::milliseconds pause{50};

bool is_running(pid_t pid) {
  return ::kill(pid, 0) == 0 || errno == EPERM;
}

// What cannot be read is not ours to judge.
bool is_live(const Dir& dir, std::string_view name) {
  const auto text = or_nothing([&] { return dir.find_content(name, lock_limit); });
  return text && judge_pid_lock(*text) == PidLock::live;
}

std::string cache_path(std::string_view cache, std::string_view name) {
  return cache.empty() ? std::string(name) : std::string(cache) + "/" + std::string(name);
}

// The client's words for the types.
std::string_view word(RepoType type) {
  return type == RepoType::space ? "studio" : to_string(type);
}

}  // namespace

PidLock judge_pid_lock(std::string_view text) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || pid <= 0)
    return PidLock::garbage;
  return is_running(pid) ? PidLock::live : PidLock::dead;
}

std::optional<std::string> find_live_lock(const Dir& root, std::string_view partials) {
  std::vector<std::string> waiting{std::string(partials)};
  while (!waiting.empty()) {
    const std::string here = std::move(waiting.back());
    waiting.pop_back();
    const auto dir = or_nothing([&] { return root.find_dir(here); });
    if (!dir) continue;
    std::optional<std::string> found;
    dir->for_each([&](const Dir::Item& item) {
      const std::string path = here + "/" + std::string(item.name);
      if (item.kind == FileKind::directory) waiting.push_back(path);
      if (item.kind == FileKind::file && item.name.ends_with(".lock") && is_live(*dir, item.name))
        found = path;
    });
    if (found) return found;
  }
  return {};
}

void await_pid_locks(const Dir& root, std::string_view partials, std::chrono::milliseconds wait) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::min(wait, std::chrono::milliseconds(std::chrono::hours(24)));
  while (const auto lock = find_live_lock(root, partials)) {
    if (std::chrono::steady_clock::now() >= deadline)
      throw_error(Cause::busy, "write to the repo of", root.path_of(*lock),
                  "a running aistudio-sdk is downloading this file");
    std::this_thread::sleep_for(pause);
  }
}

FileLock lock_modelscope_repo(const Dir& root, std::string_view cache, const RepoId& repo,
                              std::chrono::milliseconds wait) {
  std::string name = repo.id();
  name.replace(name.find('/'), 1, "___");
  return FileLock::acquire(root.make_dirs(cache_path(cache, ".lock")), name, wait);
}

std::string modelscope_file_lock(const RepoId& repo, std::string_view path) {
  std::string text = "modelscope-hub-download-lock-v2";
  for (const std::string_view part :
       {std::string_view("file"), word(repo.type()), std::string_view(repo.id()), path})
    text.append(1, '\0').append(part);
  return "file_" + hash_bytes(HashKind::sha256, text).hex() + ".lock";
}

}  // namespace modelcache
