// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/exit_status.hpp"

#include <algorithm>
#include <array>

namespace modelcache::cli {

namespace {

constexpr int first_signal_status = 128;

// From the best to the worst.
constexpr std::array order{0, 1, 4, 5, 6, 3, 2, 70};

std::size_t rank(int status) {
  if (status >= first_signal_status) return order.size() + 1;
  // A status that is not ours to give is no better than a bug.
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), status) - order.begin());
}

}  // namespace

const std::vector<ExitCode>& exit_codes() {
  static const std::vector<ExitCode> codes{
      {"0", "all done, nothing wrong"},
      {"1", "done, problems found"},
      {"2", "usage: nothing was touched"},
      {"3", "I/O, space or permission: the target is unchanged or can be resumed"},
      {"4", "no such cache, repo or revision"},
      {"5", "busy: a lock was not free in time"},
      {"6", "refused: malformed, unsafe, incomplete or foreign-owned"},
      {"70", "a bug in this program; please report it"},
      {"128+N", "ended by signal N"},
  };
  return codes;
}

void ExitStatus::add(int status) noexcept {
  if (rank(status) > rank(value_)) value_ = status;
}

}  // namespace modelcache::cli
