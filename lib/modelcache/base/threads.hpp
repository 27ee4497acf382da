// SPDX-License-Identifier: Apache-2.0
#pragma once

// Work for several threads. Promise: a limit on threads costs speed, never the work.

#include <cstddef>
#include <functional>

namespace modelcache {

// Runs `work` in this thread and in up to `count` - 1 others, and returns when all have ended. `work` must
// not throw, and must do everything when it is run once only.
void run_in_threads(std::size_t count, const std::function<void()>& work);

// Calls `work` with each number below `count`, in up to `threads` threads. The first thing that it throws
// stops all, after the calls that run, and is thrown on.
void for_each_in_threads(std::size_t threads, std::size_t count,
                         const std::function<void(std::size_t)>& work);

}  // namespace modelcache
