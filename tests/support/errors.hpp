// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a call threw, as one value to compare. Promise: a call that throws nothing is told apart from each
// error.

#include "modelcache/base/error.hpp"

#include <cerrno>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

namespace modelcache::test {

struct Thrown {
  std::optional<Cause> cause;  // nothing: no Error came
  int error_number = 0;
  std::string message;
};

template <typename Call>
Thrown thrown_by(Call&& call) {
  try {
    static_cast<void>(std::forward<Call>(call)());
    return {};
  } catch (const Error& error) {
    return {error.cause(), error.error_number(), error.what()};
  }
}

}  // namespace modelcache::test
