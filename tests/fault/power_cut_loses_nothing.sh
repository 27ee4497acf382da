#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whenever the power is cut while clone2cache writes, what is published is whole; when it is cut right after exit 0, everything is there:
# on ext4, xfs and btrfs. Controls: without its syncs, both are lost.
. "$(dirname "$0")/../integration/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to mount small file systems"
for tool in strace eatmydata mkfs.ext4 mkfs.xfs mkfs.btrfs; do need "$tool"; done

use_memory
"$top/tests/fault/small_clone.sh" "$T/small"
cut() { "$top/tests/fault/power_cut.py" "$@" -- clone2cache "$T/small/clone" -j1 --to 'hf:{target}'; }
for kind in ext4 xfs btrfs; do
  cut at-every-step "$memory/$kind" "$kind" --times 20 || fail "$kind: a power cut leaves something unsound"
  cut after-exit "$memory/$kind" "$kind" --times 7 || fail "$kind: a power cut after exit 0 loses something"
  cut after-exit "$memory/$kind" "$kind" --times 1 --without-sync >"$T/out" && fail "$kind: nothing is lost without a sync: nothing was proved"
  expect_text "$T/out" 'lost file'
  rm -f "$memory/$kind"*.cut*
done
cut at-every-step "$memory/ext4" ext4 --without-sync >"$T/out" && fail "a published name is whole without a sync: nothing was proved"
expect_text "$T/out" 'blobs/'
