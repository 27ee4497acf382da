// SPDX-License-Identifier: Apache-2.0
#pragma once

// cache2cache: repos of one cache into another. Promise: as the converting programs; a repo that cannot be
// copied stops no other.

#include "modelcache/cli/program.hpp"

namespace modelcache::cli {

Program cache2cache();

}  // namespace modelcache::cli
