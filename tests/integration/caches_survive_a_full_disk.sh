#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# On a file system that is too small, in bytes or in inodes, a program that writes a cache ends with 3, what was there stays, and after it
# grew the same command finishes.
#
# Usage: caches_survive_a_full_disk.sh clone2cache|cache2cache|dir2cache [LAYOUT]
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to mount small file systems"

program=$1
layout=${2:-hf}
use_memory
make_clone
"$top/tests/fault/small_clone.sh" "$T/small"
mkdir "$T/disk"
case $program in
  clone2cache)
    whole=("$T/repo/clone" --all-refs)
    small=("$T/small/clone")
    ;;
  cache2cache)
    expect_status 0 clone2cache "$T/repo/clone" --to "hf:$memory/whole" --all-refs
    expect_status 0 clone2cache "$T/small/clone" --to "hf:$memory/small"
    whole=(--from "hf:$memory/whole")
    small=(--from "hf:$memory/small")
    ;;
  dir2cache)
    expect_status 0 clone2cache "$T/repo/clone" --to "hf:$memory/whole" --all-refs
    expect_status 0 clone2cache "$T/small/clone" --to "hf:$memory/whole"
    expect_status 0 cache2dir org/demo@dev "$memory/dir" --from "hf:$memory/whole"
    expect_status 0 cache2dir org/small "$memory/small-dir" --from "hf:$memory/whole"
    whole=("$memory/dir")
    small=("$memory/small-dir")
    ;;
esac
# sound TREE START: what a run without space has left; GOLDEN.tree is what it was to make.
sound() {
  if [ "$layout" = aistudio ]; then
    "$support/index_check.py" --after-kill --like "${golden%.txt}.tree" ${2:+--was "$2"} "$1"
    return
  fi
  "${check[@]}" "$1" || return 1
  [ -n "$2" ] || return 0
  # What was there is there, but for refs that the new revision takes over.
  "$support/tree_check.py" --listing "$2" | grep -vE '^dir|/refs/' | sort >"$T/before.txt"
  "$support/tree_check.py" --listing "$1" | sort >"$T/listing.txt"
  [ -z "$(comm -23 "$T/before.txt" "$T/listing.txt")" ] || fail "lost: $(comm -23 "$T/before.txt" "$T/listing.txt")"
}
check=("$support/tree_check.py")
refused=0
# full LIMIT FROM ARGUMENT...: a run on a disk with this limit that holds FROM already; `used` is added to the limit's number.
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
  "$program" "$@" --to "$layout:$T/disk/hub" >"$T/out" 2>"$T/err" || status=$?
  [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "$limit: ends with $status: $(cat "$T/err")"
  if [ "$status" -eq 3 ]; then
    refused=$((refused + 1))
    grep -qE 'No space left on device|nothing was written' "$T/err" || fail "$limit: the reason is missing: $(cat "$T/err")"
    expect_text "$T/err" "$T/disk"
  fi
  [ ! -d "$T/disk/hub" ] || sound "$T/disk/hub" "$start" || fail "$limit: something unsound was left"
  mount -o remount,size=16m,nr_inodes=8192 "$T/disk"
  "$program" "$@" --to "$layout:$T/disk/hub" >/dev/null 2>"$T/err" || fail "$limit: the next run: $(cat "$T/err")"
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
  "$program" "$@" --to "$layout:$memory/hub" >/dev/null 2>&1
  "$support/tree_check.py" --listing "$memory/hub" >"$memory/$what.txt"
  golden=$memory/$what.txt
  cp -a "$memory/hub" "$memory/$what.tree"
  while [ "$enough" -lt 2 ]; do
    full "$limit$unit" "$start" "$@"
    [ "$last" -ne 0 ] || enough=$((enough + 1))
    limit=$((limit + step))
    [ "$limit" -lt 4000 ] || fail "$what: nothing is ever enough"
  done
  echo "$what: $refused limits were too small"
  [ "$refused" -ge 5 ] || fail "$what: only $refused limits were too small: nothing was proved"
}
if [ "$layout" = aistudio ]; then
  series 'a new tree by pages' 4 8 k '' "${small[@]}"
  series 'inodes of a new tree' 8 1 '' '' "${small[@]}"
  cp -a "$memory/inodes of a new tree.tree" "$memory/old"
  head -c 70001 /dev/zero | tr '\0' y >"$T/small/clone/sub/model.bin"
  echo '{"new": true}' >"$T/small/clone/config.json"
  git -C "$T/small/clone" commit -qam 'Second version'
  series 'another revision by pages' 4 8 k "$memory/old" "${small[@]}"
  series 'inodes of another revision' 1 1 '' "$memory/old" "${small[@]}"
else
  series 'a new cache' 64 64 k '' "${whole[@]}"
  series 'a new cache by pages' 4 8 k '' "${small[@]}"
  series 'inodes of a new cache' 8 1 '' '' "${small[@]}"
  clone2cache "$T/repo/clone" --to "hf:$memory/old" >/dev/null 2>&1
  series 'a new revision' 4 64 k "$memory/old" "${whole[@]}"
  series 'inodes of a new revision' 2 3 '' "$memory/old" "${whole[@]}"
  if [ "$program" = cache2cache ]; then
    check+=(--files)
    series 'a new cache of files by pages' 4 8 k '' "${small[@]}" --cache-layout files
    series 'inodes of a new cache of files' 8 1 '' '' "${small[@]}" --cache-layout files
  fi
fi

# Where the sizes tell it beforehand: nothing is written at all.
mount -t tmpfs -o size=256k tmpfs "$T/disk"
expect_status 3 "$program" "${whole[@]}" --to "$layout:$T/disk/hub"
expect_text "$T/err" 'nothing was written'
[ ! -e "$T/disk/hub" ] || fail "something was written though it could not fit"
umount "$T/disk"
