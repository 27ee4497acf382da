#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One traced run of each program keeps the rules: files are made with O_EXCL, a content is synced before its name appears and its
# directory after, removals name one component below an open directory, nothing is executed and no socket is opened.
. "$(dirname "$0")/lib.sh"
need strace

make_clone
strace -f -qq -y -o "$T/trace" clone2cache "$T/repo/clone" --to "hf:$T/hub" -j1 >/dev/null 2>&1
python3 "$top/tests/fault/syscall_lint.py" "$T/trace" "$T/hub" || fail "clone2cache breaks a rule"
# The rules can be broken: a trace without its fsyncs is refused.
grep -v 'fsync(' "$T/trace" >"$T/unsynced"
python3 "$top/tests/fault/syscall_lint.py" "$T/unsynced" "$T/hub" >/dev/null && fail "missing fsyncs are not seen"

# Reading: a cache in every way, and the clone that is converted.
for words in --files '--check -v' '--ready org/demo' '--lookup org/demo config.json' "--find $(printf '%040d' 0)" --json; do
  # shellcheck disable=SC2086  # several words
  strace -f -qq -y -o "$T/trace" cache-scan "hf:$T/hub" $words >/dev/null 2>&1 || [ "${words%% *}" = --find ] || fail "cache-scan $words"
  python3 "$top/tests/fault/syscall_lint.py" --read-only "$T/trace" "$T/hub" || fail "cache-scan $words breaks a rule"
done
# Verifying: each kind of place, and a state beside it.
cache2dir org/demo "$T/plain" --from "hf:$T/hub" >/dev/null 2>&1
clone2cache "$T/repo/clone" --to "aistudio:$T/studio" >/dev/null 2>&1
for words in "hf:$T/hub" "hf:$T/hub --quick" "hf:$T/hub --state $T/state.json" "clone:$T/repo/clone" "dir:$T/plain" "aistudio:$T/studio"; do
  # shellcheck disable=SC2086  # several words
  strace -f -qq -y -o "$T/trace" verify-sha $words --fail-on '' >"$T/out" 2>&1 || fail "verify-sha $words: $(cat "$T/out")"
  place=${words%% *}
  python3 "$top/tests/fault/syscall_lint.py" --read-only "$T/trace" "${place#*:}" || fail "verify-sha $words breaks a rule"
done
strace -f -qq -y -o "$T/trace" clone2cache "$T/repo/clone" --to "hf:$T/other" --all-refs >/dev/null 2>&1
python3 "$top/tests/fault/syscall_lint.py" --read-only "$T/trace" "$T/repo/clone" || fail "clone2cache changes the clone"
strace -f -qq -y -o "$T/trace" cache2clone org/demo "$T/made" --from "hf:$T/hub" -j1 >/dev/null 2>&1
python3 "$top/tests/fault/syscall_lint.py" --read-only "$T/trace" "$T/hub" || fail "cache2clone changes the cache"
# All of it is on disk before the clone has its name, and the name at the end.
awk '/syncfs\(/ { all = NR } /rename.*"made"/ { named = NR } /fsync\(/ { name = NR } END { exit !(all && all < named && named < name) }' "$T/trace" ||
  fail "the clone has its name before it is on disk"
strace -f -qq -y -o "$T/trace" clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs --dry-run >/dev/null 2>&1
python3 "$top/tests/fault/syscall_lint.py" --read-only "$T/trace" "$T" || fail "a dry run changes something"
# What verify-sha mends is published as any content is; its plan and its source are only read.
cp -a "$T/hub" "$T/bad"
find "$T/bad" -path '*/blobs/*' -type f -size +0 -exec truncate -s -1 {} \;
find "$T/bad" -name config.json -delete
strace -f -qq -y -o "$T/trace" verify-sha "hf:$T/bad" --repair-from "hf:$T/hub" --quarantine "$T/aside" --dry-run >/dev/null 2>&1 || true
python3 "$top/tests/fault/syscall_lint.py" --read-only "$T/trace" "$T/bad" || fail "a dry run of a repair changes something"
strace -f -qq -y -o "$T/trace" verify-sha "hf:$T/bad" --repair-from "hf:$T/hub" -j1 >/dev/null 2>&1 || fail "verify-sha does not mend"
python3 "$top/tests/fault/syscall_lint.py" "$T/trace" "$T/bad" || fail "verify-sha breaks a rule"
python3 "$top/tests/fault/syscall_lint.py" --read-only "$T/trace" "$T/hub" || fail "verify-sha changes the source"
# On a file system that nothing can be written to.
if [ "$(id -u)" -eq 0 ]; then
  mkdir "$T/ro"
  mount -t tmpfs tmpfs "$T/ro"
  cp -a "$T/hub" "$T/repo/clone" "$T/ro/"
  mount -o remount,ro "$T/ro"
  ! touch "$T/ro/hub/file" 2>/dev/null || fail "the file system is not read-only: this proves nothing"
  strace -f -qq -y -o "$T/trace" cache-scan "hf:$T/ro/hub" --check >"$T/out" 2>"$T/err" || fail "cache-scan on a read-only file system: $(cat "$T/err")"
  python3 "$top/tests/fault/syscall_lint.py" --read-only "$T/trace" "$T/ro" || fail "cache-scan breaks a rule"
  expect_text "$T/out" org/demo
  expect_status 0 cache-scan --ready org/demo "hf:$T/ro/hub"
  strace -f -qq -y -o "$T/trace" verify-sha "hf:$T/ro/hub" >"$T/out" 2>"$T/err" || fail "verify-sha on a read-only file system: $(cat "$T/err")"
  python3 "$top/tests/fault/syscall_lint.py" --read-only "$T/trace" "$T/ro" || fail "verify-sha breaks a rule"
  expect_text "$T/out" ' 0 unmatched'
  expect_status 3 verify-sha "hf:$T/ro/hub" --state "$T/ro/state.json"
  expect_text "$T/err" 'Read-only file system'
  expect_status 0 clone2cache "$T/ro/clone" --to "hf:$T/from-ro"
  expect_status 0 clone2cache "$T/ro/clone" --to "hf:$T/ro/hub"
  expect_text "$T/err" 'nothing written'
  expect_status 3 clone2cache "$T/ro/clone" --to "hf:$T/ro/hub" --revision dev
  expect_text "$T/err" 'Read-only file system'
  umount "$T/ro"
else
  chmod -R a-w "$T/hub"
  expect_status 0 cache-scan "hf:$T/hub" --check
fi
