// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/exit_status.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <vector>

using modelcache::cli::exit_codes;
using modelcache::cli::ExitStatus;

TEST_CASE("the worst status wins, in whatever order they come") {
  const std::vector<int> best_to_worst{0, 1, 4, 5, 6, 3, 70, 130};
  for (std::size_t low = 0; low < best_to_worst.size(); ++low)
    for (std::size_t high = low; high < best_to_worst.size(); ++high) {
      ExitStatus up;
      up.add(best_to_worst[low]);
      up.add(best_to_worst[high]);
      CHECK(up.value() == best_to_worst[high]);
      ExitStatus down;
      down.add(best_to_worst[high]);
      down.add(best_to_worst[low]);
      CHECK(down.value() == best_to_worst[high]);
    }
}

TEST_CASE("a status is 0 until something is added, and a usage error is never hidden by problems") {
  ExitStatus status;
  CHECK(status.value() == 0);
  status.add(1);
  status.add(2);
  status.add(4);
  CHECK(status.value() == 2);
}

TEST_CASE("each documented code has one meaning") {
  std::vector<std::string> codes;
  for (const auto& code : exit_codes()) {
    codes.push_back(code.code);
    CHECK_FALSE(code.meaning.empty());
  }
  CHECK(codes == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "70", "128+N"});
}
