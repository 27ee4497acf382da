// SPDX-License-Identifier: Apache-2.0
#pragma once

// The locks by which the clients of AI Studio and ModelScope keep each other out. Promise: what a running
// client holds is respected; what a dead one left stops nobody.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/model/repo_id.hpp"
#include "modelcache/store/locate.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// What stands in a lock file of aistudio-sdk 0.3.6 and later, "<path>.lock": a decimal pid, no newline.
enum class PidLock {
  absent,
  live,     // the process runs
  dead,     // it does not; the client removes it
  garbage,  // empty or no number: the client waits for it for ever
};
PidLock judge_pid_lock(std::string_view text);

// The first lock of a running process below `partials`, where aistudio-sdk keeps the repo's files while they
// come in; relative to it. Nothing when there is none, or no such directory.
std::optional<std::string> find_live_lock(const Dir& root, std::string_view partials);

// Waits until no running aistudio-sdk has a file of the repo locked. Throws Error(busy) that names the file.
void await_pid_locks(const Dir& root, std::string_view partials, std::chrono::milliseconds wait);

// The lock on a repo of modelscope 1.23 - 1.37: CACHE/.lock/<owner>___<name>. `cache` is relative to the
// root, empty for the root itself.
FileLock lock_modelscope_repo(const Dir& root, std::string_view cache, const RepoId& repo,
                              std::chrono::milliseconds wait);

// The name of the lock of modelscope >= 1.38 on one file, in ROOT/.lock.
std::string modelscope_file_lock(const RepoId& repo, std::string_view path);

}  // namespace modelcache
