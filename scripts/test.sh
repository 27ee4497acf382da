#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and runs all tests. Ends with the test runner's own lines.
#
# Usage: scripts/test.sh [--quick]     --quick: unit, contract and integration tests only
set -euo pipefail

cd "$(dirname "$0")/.."
tier=()
case "${1:-}" in
  --quick) tier=(-L quick) ;;
  '') ;;
  *)
    echo "usage: scripts/test.sh [--quick]" >&2
    exit 2
    ;;
esac

scripts/install-packages --tests
scripts/setup-clients
launcher=()
command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
cmake --preset dev "${launcher[@]}" >build/configure.log || { cat build/configure.log; exit 3; }
cmake --build --preset dev
ctest --test-dir build/dev --output-on-failure --no-tests=error -j "$(nproc)" "${tier[@]}"
