#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ThreadSanitizer has nothing to report of the unit tests that start threads and of all programs with eight; a planted race it
# does report.
. "$(dirname "$0")/lib.sh"

build tsan cache-scan cache2cache cache2clone cache2dir clone2cache dir2cache verify-sha modelcache_base_tests modelcache_clone_tests \
  modelcache_cli_tests modelcache_contract_tests planted_error
expect_found tsan race

bin=$top/build/tsan/bin
# What removes and lists trees starts no thread, and takes minutes here; so do copies in ways that other copies take as well.
"$bin/modelcache_base_tests" '~*tree*' '~*without reflink*' '~*demanded copy*'
"$bin/modelcache_clone_tests" '*thread*'
"$bin/modelcache_cli_tests"
"$bin/modelcache_contract_tests" '*thread*'
expect_no_report

export HOME=$T/home GIT_CONFIG_NOSYSTEM=1
tests/support/make_clone.sh "$T/repo"
both=()
for target in first second; do
  "$bin/clone2cache" "$T/repo/clone" --to "hf:$T/$target" --all-refs -j8 >/dev/null
  # Twice at once, for the same target.
  "$bin/clone2cache" "$T/repo/clone" --to "hf:$T/both" -j8 >/dev/null &
  both+=($!)
done
for run in "${both[@]}"; do wait "$run"; done

"$bin/cache2clone" org/demo "$T/made" --from "hf:$T/first" -j8 >/dev/null
"$bin/cache2dir" org/demo "$T/plain" --from "hf:$T/first" -j8 >/dev/null
"$bin/dir2cache" "$T/plain" --to "hf:$T/named" -j8 >/dev/null
for layout in links files shared; do
  cp -a "$T/first" "$T/source-$layout"
  "$bin/cache2cache" --from "hf:$T/source-$layout" --to "hf:$T/$layout" --cache-layout "$layout" --move -j8 >/dev/null
done
tests/bench/make_cache.py "$T/wide" --repos 300 --revisions 3 --files 5
for cache in first both links files shared named wide; do
  "$bin/cache-scan" "hf:$T/$cache" --files --json -j8 >"$T/scan-$cache"
  [ -s "$T/scan-$cache" ] || fail "nothing was scanned in $cache"
  "$bin/verify-sha" "hf:$T/$cache" --quiet -j8 >"$T/verify-$cache" || [ "$cache" = wide ] || fail "$cache is not whole"
  [ -s "$T/verify-$cache" ] || fail "nothing was verified in $cache"
done
expect_no_report
