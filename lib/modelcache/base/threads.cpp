// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/threads.hpp"

#include <system_error>
#include <thread>
#include <vector>

namespace modelcache {

void run_in_threads(std::size_t count, const std::function<void()>& work) {
  std::vector<std::jthread> others;
  try {
    while (others.size() + 1 < count) others.emplace_back(work);
  } catch (const std::system_error&) {
    // A container's limit on tasks: those that run do all.
  }
  work();
}

}  // namespace modelcache
