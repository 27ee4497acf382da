// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/threads.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"

#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <string>

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
