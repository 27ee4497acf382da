// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs a test case once for each way in which Dir reaches a path. Promise: the next test case has the
// ordinary way again.

#include "modelcache/base/dir_open.hpp"

#include "support/catch.hpp"

namespace modelcache::test {

class OpenWayGuard {
 public:
  explicit OpenWayGuard(detail::OpenWay way) { detail::set_open_way(way); }
  ~OpenWayGuard() { detail::set_open_way(detail::OpenWay::automatic); }
  OpenWayGuard(const OpenWayGuard&) = delete;
  OpenWayGuard& operator=(const OpenWayGuard&) = delete;
};

inline detail::OpenWay each_open_way() {
  return GENERATE(detail::OpenWay::automatic, detail::OpenWay::walk);
}

}  // namespace modelcache::test
