#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify-sha --time-limit ends soon after it, also in the middle of a large file, tells and keeps what it found, and the next run goes on.
. "$(dirname "$0")/lib.sh"

use_memory
mkdir "$memory/files"
for number in $(seq 40); do echo "$number" >"$memory/files/$number"; done
truncate -s 300M "$memory/files/large"
(cd "$memory/files" && sha256sum ./*) >"$T/manifest"
verify() { verify-sha "$memory/files" --manifest "$T/manifest" "$@"; }
# Every read takes 30 ms, so the large file 9 seconds and more.
slowly() { strace -f -qq -o /dev/null -e trace=pread64 -e inject=pread64:delay_enter=30000 verify-sha "$memory/files" --manifest "$T/manifest" "$@"; }
# summary KEY: of the last run.
summary() { tail -n 1 "$T/out" | grep -oE "\"$1\":[0-9]+" | cut -d : -f 2; }

for limit in 0 0s; do
  expect_status 1 verify --time-limit "$limit" --state "$T/none.json" --write-manifest "$T/none"
  expect_text "$T/out" '0 matched'
  expect_text "$T/out" '41 not checked'
  expect_text "$T/out" 'the time limit was reached'
  expect_status 1 verify --time-limit "$limit" --json
  [ "$(summary unchecked)" -eq 41 ] && [ "$(summary status)" -eq 1 ] || fail "the summary says otherwise: $(cat "$T/out")"
  expect_status 0 verify --time-limit "$limit" --quick
done
[ ! -e "$T/none" ] || fail "a manifest was made of files that were not read"
# What needs no reading is told in no time.
rm "$memory/files/7"
expect_status 1 verify --time-limit 0
expect_text "$T/out" '7  should download'
echo 7 >"$memory/files/7"

for jobs in 1 3; do
  rm -f "$T"/state.json*
  expect_status 1 slowly --time-limit 2s --state "$T/state.json" -j "$jobs" --json
  [ "$(summary seconds)" -le 7 ] || fail "-j $jobs: it took $(summary seconds) seconds"
  found=$(summary matched)
  [ "$found" -gt 0 ] && [ "$((found + $(summary unchecked)))" -eq 41 ] || fail "-j $jobs: $found matched: $(tail -n 1 "$T/out")"
  expect_no_text "$T/out" '"path":"large"'
  [ "$(grep -c '"matched"' "$T/state.json")" -eq "$found" ] || fail "-j $jobs: the state has other files"
  expect_status 0 verify --state "$T/state.json" --json
  [ "$(summary skipped)" -eq "$found" ] && [ "$(summary unchecked)" -eq 0 ] || fail "-j $jobs: the next run did not go on"
done

# Of a shard it is a report that is not whole.
for number in 1 2; do verify --shard "$number/2" --json >"$T/report.$number"; done
expect_status 0 verify-sha --merge "$T"/report.*
expect_status 1 verify --shard 2/2 --time-limit 0 --json
cp "$T/out" "$T/report.2"
expect_status 6 verify-sha --merge "$T"/report.*
expect_text "$T/err" 'files unchecked; run again: --shard 2/2'

# Damage that was found counts all the same; a limit that is far away changes nothing.
for limit in 1h 100000y; do expect_status 0 verify --time-limit "$limit"; done
echo x >"$memory/files/9"
expect_status 1 slowly --time-limit 2s --json
expect_status 2 verify --time-limit
expect_status 2 verify --time-limit soon
