#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# On a file system that is too small, in bytes or in inodes, clone2cache ends with 3, what was there stays, and after it grew the same
# command finishes.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to mount small file systems"

"$top/tests/fault/small_clone.sh" "$T/small"
make_clone
clone2cache "$T/small/clone" --to "hf:$T/golden" >/dev/null 2>&1
"$support/tree_check.py" --listing "$T/golden" >"$T/golden.txt"
mkdir "$T/disk"
refused=0
full() { # MOUNT-OPTIONS
  mount -t tmpfs -o "$1" tmpfs "$T/disk"
  local status=0
  clone2cache "$T/small/clone" --to "hf:$T/disk/hub" >"$T/out" 2>"$T/err" || status=$?
  [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "$1: ends with $status: $(cat "$T/err")"
  [ "$status" -eq 0 ] || refused=$((refused + 1))
  if [ -d "$T/disk/hub" ]; then "$support/tree_check.py" "$T/disk/hub" || fail "$1: something unsound was left"; fi
  mount -o remount,size=8m,nr_inodes=4096 "$T/disk"
  clone2cache "$T/small/clone" --to "hf:$T/disk/hub" >/dev/null 2>"$T/err" || fail "$1: the next run: $(cat "$T/err")"
  "$support/tree_check.py" --listing "$T/disk/hub" >"$T/listing.txt"
  diff "$T/golden.txt" "$T/listing.txt" || fail "$1: the next run does not finish"
  umount "$T/disk"
}
for kib in $(seq 4 8 140); do full "size=${kib}k,nr_inodes=4096"; done
[ "$refused" -gt 5 ] || fail "only $refused sizes were too small: nothing was proved"
refused=0
for inodes in $(seq 3 4 48); do full "size=8m,nr_inodes=$inodes"; done
[ "$refused" -gt 5 ] || fail "only $refused inode limits were too small: nothing was proved"

# Where the sizes tell it beforehand: nothing is written at all.
mount -t tmpfs -o size=256k tmpfs "$T/disk"
expect_status 3 clone2cache "$T/repo/clone" --to "hf:$T/disk/hub"
expect_text "$T/err" 'nothing was written'
[ ! -e "$T/disk/hub" ] || fail "something was written though it could not fit"
umount "$T/disk"
