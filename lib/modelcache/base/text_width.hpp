// SPDX-License-Identifier: Apache-2.0
#pragma once

// The columns of one character on a terminal. Promise: pure tables, so the answer is the same in every
// locale.

#include <cstddef>

namespace modelcache::detail {

// 0 for a combining character, 2 for a wide one, else 1. `code` is one that terminal_safe lets pass.
std::size_t columns(char32_t code);

}  // namespace modelcache::detail
