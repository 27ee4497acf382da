// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/threads.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
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

void for_each_in_threads(std::size_t threads, std::size_t count,
                         const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  run_in_threads(std::min(threads, count), [&]() noexcept {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  });
  if (failure) std::rethrow_exception(failure);
}

}  // namespace modelcache
