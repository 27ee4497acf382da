#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# On a file system that is too small, in bytes or in inodes, verify-sha --repair-from ends with 3, every file is what it was or whole, and
# after the file system grew the same command finishes. The same where the quarantine is too small: the bad content stays.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to mount small file systems"

"$top/tests/fault/small_clone.sh" "$T/small"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/source"
expect_status 0 cache2dir org/small "$T/dir" --from "hf:$T/source"
expect_status 0 clone2cache "$T/small/clone" --to "aistudio:$T/aistudio"
cp -a "$T/source" "$T/hf"
mkdir "$T/disk"
trap 'umount "$T/disk" 2>/dev/null || true; finish' EXIT
check=$support/mend_check.py
ended3=0 ended0=0
for layout in hf dir aistudio; do
  cp -a "$T/$layout" "$T/start"
  find "$T/start" -type f \( -name model.bin -o -path '*/blobs/*' -size +20k \) -exec sh -c 'printf y | dd of="$1" conv=notrunc status=none' - {} \;
  find "$T/start" -name config.json -not -path '*/.cache/*' -delete
  for limit in 0k 36k 80k 120k 1i 5i 9i; do
    mount -t tmpfs -o size=16m,nr_inodes=8192 tmpfs "$T/disk"
    cp -a "$T/start" "$T/disk/place"
    blocks=$(($(stat -f -c '(%b - %f) * %S / 1024' "$T/disk")))
    inodes=$(($(stat -f -c '%c - %d' "$T/disk")))
    case $limit in
      *k) mount -o "remount,size=$((blocks + ${limit%k}))k" "$T/disk" ;;
      *i) mount -o "remount,nr_inodes=$((inodes + ${limit%i}))" "$T/disk" ;;
    esac
    status=0
    verify-sha "$layout:$T/disk/place" --repair-from "hf:$T/source" >"$T/out" 2>"$T/err" || status=$?
    case $status in
      0) ended0=$((ended0 + 1)) ;;
      3) ended3=$((ended3 + 1)) && expect_text "$T/err" 'No space left on device' ;;
      *) fail "$layout with $limit: ended with $status: $(cat "$T/err")" ;;
    esac
    "$check" "$T/disk/place" "$T/$layout" "$T/start" || fail "$layout with $limit"
    [ -z "$(find "$T/disk/place" -name '*.incomplete' -size +0)" ] || fail "$layout with $limit: $(find "$T/disk/place" -name '*.incomplete')"
    mount -o remount,size=16m,nr_inodes=8192 "$T/disk"
    expect_status 0 verify-sha "$layout:$T/disk/place" --repair-from "hf:$T/source"
    "$check" --listing "$T/disk/place" | diff <("$check" --listing "$T/$layout") - || fail "$layout with $limit: not finished"
    umount "$T/disk"
  done
  mount -t tmpfs -o size=32k tmpfs "$T/disk"
  cp -a "$T/start" "$T/bad"
  expect_status 3 verify-sha "$layout:$T/bad" --quarantine "$T/disk/aside"
  "$check" --listing "$T/bad" | diff <("$check" --listing "$T/start") - || fail "$layout: a bad content that found no space is lost"
  umount "$T/disk"
  rm -rf "$T/start" "$T/bad"
done
echo "$ended3 ended without space, $ended0 with"
[ "$ended3" -gt 3 ] && [ "$ended0" -gt 3 ] || fail "the limits prove nothing"
