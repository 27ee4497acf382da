// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/threads.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"

#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <vector>

using namespace modelcache;

TEST_CASE("work runs once for each thread, in this one too, and is over on return") {
  for (const std::size_t count : {0u, 1u, 2u, 7u}) {
    std::atomic<std::size_t> runs{0};
    run_in_threads(count, [&] { ++runs; });
    CHECK(runs == (count == 0 ? 1 : count));
  }
}

TEST_CASE("where no other thread can be had, this one does the work") {
  CHECK(test::in_child([] {
          test::deny_system_call(SYS_clone3, EAGAIN);
          test::deny_system_call(SYS_clone, EAGAIN);
          int runs = 0;
          run_in_threads(8, [&] { ++runs; });
          return std::to_string(runs);
        }) == "1");
}

TEST_CASE("each number gets its call, and the first failure stops the rest and is thrown on") {
  for (const std::size_t threads : {1u, 3u}) {
    std::vector<std::atomic<int>> calls(100);
    for_each_in_threads(threads, calls.size(), [&](std::size_t i) { ++calls[i]; });
    for (const auto& count : calls) CHECK(count == 1);
    std::atomic<int> done{0};
    CHECK_THROWS_WITH(for_each_in_threads(threads, 100'000,
                                          [&](std::size_t i) {
                                            if (i == 5) throw std::runtime_error("the sixth");
                                            ++done;
                                          }),
                      "the sixth");
    CHECK(done < 100'000 - 1);
  }
  for_each_in_threads(4, 0, [](std::size_t) { FAIL("there is nothing to do"); });
}
