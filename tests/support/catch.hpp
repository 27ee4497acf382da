// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one include for Catch2: serves version 2 (Debian 12) and version 3 alike.
#if MODELCACHE_CATCH_VERSION >= 3
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
