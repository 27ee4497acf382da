// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the code under test writes to stdout or stderr. Promise: everything is caught, and the descriptor is
// back afterwards; nothing may be asserted meanwhile.

#include <functional>
#include <string>

namespace modelcache::test {

// STDOUT_FILENO or STDERR_FILENO while `work` runs; what `work` throws is thrown.
std::string captured(int fd, const std::function<void()>& work);

}  // namespace modelcache::test
