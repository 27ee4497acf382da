// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a program ends with. Promise: one table for --help, the man pages and docs/exit-status.md, and one
// order by which the worst of what happened wins.

#include <string>
#include <vector>

namespace modelcache::cli {

struct ExitCode {
  std::string code;
  std::string meaning;
};
// One line each, in the order they are shown.
const std::vector<ExitCode>& exit_codes();

// The worst so far: signal, 70, 3, 6, 5, 4, 1, 0. A usage error (2) touches nothing and so comes alone; it
// stands behind 70 where it does not.
class ExitStatus {
 public:
  void add(int status) noexcept;
  int value() const noexcept { return value_; }

 private:
  int value_ = 0;
};

}  // namespace modelcache::cli
