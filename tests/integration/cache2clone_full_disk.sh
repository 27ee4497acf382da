#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# On a file system that is too small, in bytes or in inodes, cache2clone ends with 3 and leaves nothing; after it grew the same command
# makes the clone. Where the sizes tell it beforehand, nothing is written at all.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to mount small file systems"

make_clone
"$top/tests/fault/small_clone.sh" "$T/small"
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/hub"
mkdir "$T/disk"
# full LIMIT REPO OPTION...: a run on a disk with this limit; sets `last` to its status.
full() {
  local limit=$1
  shift
  last=0
  case $limit in
    *k) mount -t tmpfs -o "size=$limit,nr_inodes=8192" tmpfs "$T/disk" ;;
    *) mount -t tmpfs -o "size=16m,nr_inodes=$limit" tmpfs "$T/disk" ;;
  esac
  cache2clone "$@" "$T/disk/made" --from "hf:$T/hub" >"$T/out" 2>"$T/err" || last=$?
  [ "$last" -eq 0 ] || [ "$last" -eq 3 ] || fail "$limit: ends with $last: $(cat "$T/err")"
  if [ "$last" -eq 3 ]; then
    refused=$((refused + 1))
    if grep -q 'nothing was written' "$T/err"; then foreseen=$((foreseen + 1)); else expect_text "$T/err" 'No space left on device'; fi
    expect_text "$T/err" "$T/disk"
    [ -z "$(ls -A "$T/disk")" ] || fail "$limit: something stays: $(find "$T/disk")"
    mount -o remount,size=16m,nr_inodes=8192 "$T/disk"
    expect_status 0 cache2clone "$@" "$T/disk/made" --from "hf:$T/hub"
  fi
  "$support/clone_check.sh" "$T/disk/made" || fail "$limit: the clone is not sound"
  umount "$T/disk"
}
# series WHAT FIRST STEP UNIT REPO OPTION...: ever larger limits until one is enough, and one more.
series() {
  local what=$1 limit=$2 step=$3 unit=$4 enough=0
  shift 4
  refused=0 foreseen=0
  while [ "$enough" -lt 2 ]; do
    full "$limit$unit" "$@"
    [ "$last" -ne 0 ] || enough=$((enough + 1))
    limit=$((limit + step))
    [ "$limit" -lt 4000 ] || fail "$what: nothing is ever enough"
  done
  echo "$what: $refused limits were too small, $foreseen of them told by the sizes"
  [ "$refused" -ge 4 ] || fail "$what: only $refused limits were too small: nothing was proved"
}
series 'bytes' 100 150 k org/demo
[ "$foreseen" -ge 4 ] || fail "the sizes tell nothing beforehand"
series 'pages' 212 4 k org/small
series 'bytes of pointers' 100 100 k org/demo --worktree pointers
series 'inodes' 4 3 '' org/small
[ "$foreseen" -eq 0 ] || fail "inodes are foreseen"
