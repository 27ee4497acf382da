// SPDX-License-Identifier: Apache-2.0
#pragma once

// The locks by which the clients of AI Studio and ModelScope keep each other out. Promise: what a running
// client holds is respected, what a dead one left stops nobody; a lock that is only looked at is never made,
// removed, or taken for longer than the look.
//
//   ROOT/models/._tmp/<owner>/<name>/<path>.lock   aistudio-sdk >= 0.3.6: the decimal id of a process
//   ROOT/.lock/<owner>___<name>                    modelscope 1.23 - 1.37: flock on the repo
//   ROOT/.lock/file_<sha256>.lock                  modelscope >= 1.38: flock on one file of a repo
//
// `base` is the client's ROOT relative to `root`, empty where they are one.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/model/repo_id.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// What a lock of aistudio-sdk says.
struct ProcessLock {
  enum class State : std::uint8_t {
    alive,
    gone,   // the client removes it
    empty,  // or no number: the client waits for it for ever
  };
  State state = State::empty;
  std::int64_t process = 0;
};
inline constexpr std::size_t process_lock_limit = 64;   // bytes; a process id has far fewer
ProcessLock parse_process_lock(std::string_view text);  // and asks the kernel for the process

// The first lock of a running process below `partials`, where aistudio-sdk keeps the repo's files while they
// come in; relative to `root`. Nothing when there is none, or no such directory.
std::optional<std::string> find_live_lock(const Dir& root, std::string_view partials);
// Waits until there is none. Throws Error(busy) that names it.
void await_process_locks(const Dir& root, std::string_view partials, std::chrono::milliseconds wait);

// modelscope 1.23 - 1.37. Taking one throws Error(busy) after `wait`.
std::string repo_lock_path(std::string_view base, std::string_view repo_id);
bool is_repo_locked(const Dir& root, std::string_view base, std::string_view repo_id);
FileLock lock_modelscope_repo(const Dir& root, std::string_view base, const RepoId& repo,
                              std::chrono::milliseconds wait);

// modelscope >= 1.38.
std::string download_lock_path(std::string_view base, RepoType type, std::string_view repo_id,
                               std::string_view path);
bool is_download_locked(const Dir& root, std::string_view base, RepoType type, std::string_view repo_id,
                        std::string_view path);
FileLock lock_modelscope_file(const Dir& root, const RepoId& repo, std::string_view path,
                              std::chrono::milliseconds wait);

}  // namespace modelcache
