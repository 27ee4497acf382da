#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is compiled for newer processors holds no function that the linker could take for the one of another file, which every
# processor runs.
#
# Usage: kernels_share_no_code.sh LIBRARY
set -euo pipefail

# Weak functions and data of our own or of the standard library in the objects of the archive that the pattern fits. What sanitizers tell
# of types is the same for every processor.
shared() {
  nm -AC --defined-only "$library" | grep -E ":($1)\.cpp\.o:" | grep -E ' [WVu] .*(modelcache|std)::' | grep -v ' V typeinfo ' || true
}

library=$1
# Members come as LIBRARY:MEMBER:SYMBOL.
kernels='sha_ni|avx2|avx512'
[ "$(nm -AC --defined-only "$library" | grep -cE ":($kernels)\.cpp\.o:.* T modelcache::sha256::compress_")" -eq 3 ] ||
  { echo "FAILED: the three kernels are not in $library" >&2; exit 1; }
[ -n "$(shared hash_engine)" ] || { echo "FAILED: nothing shared is found where there is some" >&2; exit 1; }
[ -z "$(shared "$kernels")" ] || { echo "FAILED: kernels share $(shared "$kernels")" >&2; exit 1; }
