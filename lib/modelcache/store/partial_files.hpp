// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names of files that are on their way into an AI Studio or ModelScope tree, as text, and the locks of their
// writers. Promise: a lock is looked at, never taken for longer than the look, never made or removed.
//
//   ROOT/models/._tmp/<owner>/<name>/<path>                 aistudio-sdk 0.3; ._____temp: modelscope <= 1.37
//                                    <path>_<start>_<end>   a range of a large file, decimal, inclusive
//                                    <path>.lock            aistudio-sdk >= 0.3.6: the decimal id of a
//                                    process
//                                    .<path>.tmp            where aistudio-sdk 0.3.9 puts ranges together
//   .../snapshots/<revision>/<path>.incomplete              modelscope >= 1.38, beside the file; also ranges
//   and
//                            <path>.parallel_tmp
//   ROOT/.lock/<owner>___<name>, ROOT/.lock/file_<sha256>.lock    flock; modelscope <= 1.37, >= 1.38

#include "modelcache/base/dir.hpp"
#include "modelcache/model/repo_id.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

enum class PartialKind : std::uint8_t { whole, range, merged };

struct PartialName {
  PartialKind kind = PartialKind::whole;
  std::string target;        // the file that it is on the way to
  std::uint64_t length = 0;  // of a range
};
// A name in the client's own directory for them, where everything is on its way.
PartialName partial_name(std::string_view path);
// A name beside the files of a repo; nothing for one that is a file of the repo. For a range only that it
// reads like one: its caller knows the neighbours.
std::optional<PartialName> partial_beside_files(std::string_view path);

// What a lock of aistudio-sdk says.
struct ProcessLock {
  enum class State : std::uint8_t {
    alive,
    gone,
    empty,  // or no number: the client waits for it for ever
  };
  State state = State::empty;
  std::int64_t process = 0;
};
inline constexpr std::size_t process_lock_limit = 64;
ProcessLock parse_process_lock(std::string_view text);  // and asks the kernel for the process

// Whether modelscope >= 1.38 writes this file of a repo now. `base` is the client's root relative to `root`.
bool is_download_locked(const Dir& root, std::string_view base, RepoType type, std::string_view repo_id,
                        std::string_view path);
// Whether modelscope <= 1.37 downloads this repo now.
bool is_repo_locked(const Dir& root, std::string_view base, std::string_view repo_id);
std::string repo_lock_path(std::string_view base, std::string_view repo_id);

}  // namespace modelcache
