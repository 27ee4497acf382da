#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A stdout that is full or closed ends with 3, never 0; a pipe whose reader left ends quietly.
. "$(dirname "$0")/lib.sh"

make_clone
status_of() { local status=0; "$@" || status=$?; echo "$status"; }

for program in 'cache-scan --help' 'cache-scan --version' 'clone2cache --help'; do
  [ "$(status_of bash -c "$program >/dev/full 2>/dev/null")" = 3 ] || fail "$program does not notice a full stdout"
  [ "$(status_of bash -c "$program >&- 2>/dev/null")" = 3 ] || fail "$program does not notice a closed stdout"
done
[ "$(status_of bash -c "clone2cache '$T/repo/clone' --to 'hf:$T/hub' >/dev/full 2>'$T/err'")" = 3 ] || fail "clone2cache: full stdout"
expect_text "$T/err" 'standard output'
[ "$(status_of bash -c "clone2cache '$T/repo/clone' --to 'hf:$T/hub2' >&- 2>/dev/null")" = 3 ] || fail "clone2cache: closed stdout"
[ "$(status_of bash -c "cache-scan 'hf:$T/hub' >/dev/full 2>/dev/null")" = 3 ] || fail "cache-scan: full stdout"
[ "$(status_of bash -c "cache-scan 'hf:$T/hub' --json >&- 2>/dev/null")" = 3 ] || fail "cache-scan: closed stdout"
bash -c "set -o pipefail; cache-scan 'hf:$T/hub' --files --json 2>'$T/err' | head -n 1 >/dev/null" || fail "a broken pipe is not quiet"
[ ! -s "$T/err" ] || fail "a broken pipe is talked about: $(cat "$T/err")"
bash -c "set -o pipefail; clone2cache '$T/repo/clone' --to 'hf:$T/hub' --json 2>'$T/err' | true" || fail "clone2cache: a broken pipe is not quiet"
expect_no_text "$T/err" cannot
for words in '--find 0000000000000000000000000000000000000000' '--ready org/demo' '--lookup org/demo config.json' '--check'; do
  [ "$(status_of bash -c "cache-scan 'hf:$T/hub' $words --json >/dev/full 2>/dev/null")" = 3 ] || fail "cache-scan $words: full stdout"
  [ "$(status_of bash -c "cache-scan 'hf:$T/hub' $words --json >&- 2>/dev/null")" = 3 ] || fail "cache-scan $words: closed stdout"
done
for words in '' --json --quick; do
  [ "$(status_of bash -c "verify-sha 'hf:$T/hub' $words >/dev/full 2>/dev/null")" = 3 ] || fail "verify-sha $words: full stdout"
  [ "$(status_of bash -c "verify-sha 'hf:$T/hub' $words >&- 2>/dev/null")" = 3 ] || fail "verify-sha $words: closed stdout"
  bash -c "set -o pipefail; verify-sha 'hf:$T/hub' $words 2>'$T/err' | true" || fail "verify-sha $words: a broken pipe is not quiet"
  expect_no_text "$T/err" cannot
done
# A stderr that takes nothing is no reason to fail, or to write the message elsewhere.
[ "$(status_of bash -c "clone2cache '$T/repo/clone' --to 'hf:$T/hub3' 2>/dev/full >'$T/out'")" = 0 ] || fail "clone2cache: full stderr"
[ "$(wc -l <"$T/out")" -eq 1 ] || fail "more than the path is on stdout: $(cat "$T/out")"
