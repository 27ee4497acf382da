#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every test that docs/promises.md names exists and runs in the tier it says, and every check has its row. Planted lies are found.
. "$(dirname "$0")/lib.sh"

build=$(cd "${MODELCACHE_BIN:-$top/build/dev/bin}/.." && pwd)
expect_status 0 "$top/scripts/check-promises" "$build"
lie() { # TEXT SED-SCRIPT
  sed "$2" "$top/docs/promises.md" >"$T/page.md"
  ! cmp -s "$T/page.md" "$top/docs/promises.md" || fail "'$2' changes nothing"
  expect_status 1 "$top/scripts/check-promises" "$build" "$T/page.md"
  expect_text "$T/out" "$1"
}
lie 'there is no test nosuch_test' 's/`names_are_escaped`/`nosuch_test`/'
lie 'check 31 has no row' '/^| 31 |/d'
lie 'but it is full' 's/`clone2cache_killed_anywhere` (full)/`clone2cache_killed_anywhere`/'
lie 'but it is quick' 's/^\(| 31 .*`names_are_escaped`\)/\1 (full)/'
lie 'check 31 names no test' 's/^\(| 31 |[^|]*|\).*/\1 by hand |/'
