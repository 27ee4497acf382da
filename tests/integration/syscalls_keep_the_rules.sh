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

strace -f -qq -y -o "$T/trace" cache-scan "hf:$T/hub" --files >/dev/null 2>&1
python3 "$top/tests/fault/syscall_lint.py" --read-only "$T/trace" "$T/hub" || fail "cache-scan breaks a rule"
# On a file system that nothing can be written to.
if [ "$(id -u)" -eq 0 ] && mkdir "$T/ro" && mount --bind "$T/hub" "$T/ro" && mount -o remount,bind,ro "$T/ro"; then
  expect_status 0 cache-scan "hf:$T/ro" --check
  umount "$T/ro"
  expect_text "$T/out" org/demo
else
  chmod -R a-w "$T/hub"
  expect_status 0 cache-scan "hf:$T/hub" --check
fi
