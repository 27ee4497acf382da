// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/tree_locks.hpp"

#include "modelcache/base/digest.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/store/stock_taking.hpp"

#include <signal.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace modelcache {

namespace {

constexpr std::chrono::milliseconds pause{50};
constexpr std::chrono::hours longest_wait{24 * 365};  // a deadline must fit the clock

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// What cannot be read is not ours to judge.
bool is_live(const Dir& dir, std::string_view name) {
  const auto text = or_nothing([&] { return dir.find_content(name, process_lock_limit); });
  return text && parse_process_lock(*text).state == ProcessLock::State::alive;
}

// Locks that cannot be looked at say nothing.
bool is_held(const Dir& root, const std::string& path) {
  try {
    return FileLock::is_held(root, path);
  } catch (const Error&) {
    return false;
  }
}

FileLock acquire(const Dir& root, const std::string& path, std::chrono::milliseconds wait) {
  return FileLock::acquire(root.make_parent(path), path.substr(path.rfind('/') + 1), wait);
}

// The client's words for the types.
std::string_view word(RepoType type) {
  return type == RepoType::space ? "studio" : to_string(type);
}

}  // namespace

ProcessLock parse_process_lock(std::string_view text) {
  const std::string_view digits = trimmed(text);
  pid_t process = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), process);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || process <= 0)
    return {};
  const bool is_alive = ::kill(process, 0) == 0 || errno != ESRCH;
  return {is_alive ? ProcessLock::State::alive : ProcessLock::State::gone, process};
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
      std::string path = join_path(here, item.name);
      if (item.kind == FileKind::file && item.name.ends_with(".lock") && is_live(*dir, item.name))
        found = std::move(path);
      else if (item.kind == FileKind::directory)
        waiting.push_back(std::move(path));
    });
    if (found) return found;
  }
  return {};
}

void await_process_locks(const Dir& root, std::string_view partials, std::chrono::milliseconds wait) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::min<std::chrono::milliseconds>(wait, longest_wait);
  while (const auto lock = find_live_lock(root, partials)) {
    if (std::chrono::steady_clock::now() >= deadline)
      throw_error(Cause::busy, "write to the repo of", root.path_of(*lock),
                  "a running aistudio-sdk is downloading this file", EWOULDBLOCK);
    std::this_thread::sleep_for(pause);
  }
}

std::string repo_lock_path(std::string_view base, std::string_view repo_id) {
  std::string name(repo_id);
  if (const std::size_t slash = name.find('/'); slash != name.npos) name.replace(slash, 1, "___");
  return join_path(join_path(base, ".lock"), name);
}

bool is_repo_locked(const Dir& root, std::string_view base, std::string_view repo_id) {
  return is_held(root, repo_lock_path(base, repo_id));
}

FileLock lock_modelscope_repo(const Dir& root, std::string_view base, const RepoId& repo,
                              std::chrono::milliseconds wait) {
  return acquire(root, repo_lock_path(base, repo.id()), wait);
}

std::string download_lock_path(std::string_view base, RepoType type, std::string_view repo_id,
                               std::string_view path) {
  std::string key = "modelscope-hub-download-lock-v2";
  for (const std::string_view part : {std::string_view("file"), word(type), repo_id, path}) {
    key += '\0';
    key += part;
  }
  return join_path(join_path(base, ".lock"), "file_" + hash_bytes(HashKind::sha256, key).hex() + ".lock");
}

bool is_download_locked(const Dir& root, std::string_view base, RepoType type, std::string_view repo_id,
                        std::string_view path) {
  return is_held(root, download_lock_path(base, type, repo_id, path));
}

FileLock lock_modelscope_file(const Dir& root, const RepoId& repo, std::string_view path,
                              std::chrono::milliseconds wait) {
  return acquire(root, download_lock_path("", repo.type(), repo.id(), path), wait);
}

}  // namespace modelcache
