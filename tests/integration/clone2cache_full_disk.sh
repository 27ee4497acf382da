#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# On a file system that is too small, in bytes or in inodes, clone2cache ends with 3, what was there stays, and after it grew the same
# command finishes.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to mount small file systems"

use_memory
make_clone
"$top/tests/fault/small_clone.sh" "$T/small"
mkdir "$T/disk"
refused=0
# full LIMIT FROM CLONE OPTION...: a run on a disk with this limit that holds FROM already; `used` is added to the limit's number.
full() {
  local limit=$1 start=$2 status=0 blocks inodes
  shift 2
  mount -t tmpfs -o size=16m,nr_inodes=8192 tmpfs "$T/disk"
  [ -z "$start" ] || cp -a "$start" "$T/disk/hub"
  blocks=$(($(stat -f -c '(%b - %f) * %S / 1024' "$T/disk")))
  inodes=$(stat -f -c '%c - %d' "$T/disk")
  case $limit in
    *k) mount -o "remount,size=$((blocks + ${limit%k}))k" "$T/disk" ;;
    *) mount -o "remount,nr_inodes=$((inodes + limit))" "$T/disk" ;;
  esac
  clone2cache "$@" --to "hf:$T/disk/hub" >"$T/out" 2>"$T/err" || status=$?
  [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "$limit: ends with $status: $(cat "$T/err")"
  if [ "$status" -eq 3 ]; then
    refused=$((refused + 1))
    grep -qE 'No space left on device|nothing was written' "$T/err" || fail "$limit: the reason is missing: $(cat "$T/err")"
    expect_text "$T/err" "$T/disk"
  fi
  if [ -d "$T/disk/hub" ]; then "$support/tree_check.py" "$T/disk/hub" || fail "$limit: something unsound was left"; fi
  if [ -n "$start" ]; then
    # What was there is there, but for refs that the new revision takes over.
    "$support/tree_check.py" --listing "$start" | grep -vE '^dir|/refs/' | sort >"$T/before.txt"
    "$support/tree_check.py" --listing "$T/disk/hub" | sort >"$T/listing.txt"
    [ -z "$(comm -23 "$T/before.txt" "$T/listing.txt")" ] || fail "$limit: lost: $(comm -23 "$T/before.txt" "$T/listing.txt")"
  fi
  mount -o remount,size=16m,nr_inodes=8192 "$T/disk"
  clone2cache "$@" --to "hf:$T/disk/hub" >/dev/null 2>"$T/err" || fail "$limit: the next run: $(cat "$T/err")"
  "$support/tree_check.py" --listing "$T/disk/hub" >"$T/listing.txt"
  diff "$golden" "$T/listing.txt" || fail "$limit: the next run does not finish"
  umount "$T/disk"
  last=$status
}
# series WHAT FIRST STEP UNIT ...: ever larger limits until one is enough, and some more.
series() {
  local what=$1 limit=$2 step=$3 unit=$4 start=$5 enough=0
  shift 5
  refused=0
  rm -rf "$memory/hub"
  [ -z "$start" ] || cp -a "$start" "$memory/hub"
  clone2cache "$@" --to "hf:$memory/hub" >/dev/null 2>&1
  "$support/tree_check.py" --listing "$memory/hub" >"$memory/$what.txt"
  golden=$memory/$what.txt
  while [ "$enough" -lt 2 ]; do
    full "$limit$unit" "$start" "$@"
    [ "$last" -ne 0 ] || enough=$((enough + 1))
    limit=$((limit + step))
    [ "$limit" -lt 4000 ] || fail "$what: nothing is ever enough"
  done
  echo "$what: $refused limits were too small"
  [ "$refused" -ge 5 ] || fail "$what: only $refused limits were too small: nothing was proved"
}
series 'a new cache' 64 64 k '' "$T/repo/clone" --all-refs
series 'a new cache by pages' 4 8 k '' "$T/small/clone"
series 'inodes of a new cache' 8 1 '' '' "$T/small/clone"
clone2cache "$T/repo/clone" --to "hf:$memory/old" >/dev/null 2>&1
series 'a new revision' 4 64 k "$memory/old" "$T/repo/clone" --all-refs
series 'inodes of a new revision' 2 3 '' "$memory/old" "$T/repo/clone" --all-refs

# Where the sizes tell it beforehand: nothing is written at all.
mount -t tmpfs -o size=256k tmpfs "$T/disk"
expect_status 3 clone2cache "$T/repo/clone" --to "hf:$T/disk/hub"
expect_text "$T/err" 'nothing was written'
[ ! -e "$T/disk/hub" ] || fail "something was written though it could not fit"
umount "$T/disk"
