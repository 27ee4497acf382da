#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whenever the power is cut while a program writes, what is published is whole; when it is cut right after exit 0, everything is there:
# on ext4, xfs and btrfs. Controls: without its syncs, both are lost.
#
# Usage: power_cut_loses_nothing.sh [clone2cache|cache2cache|cache2dir|dir2cache|aistudio]
# aistudio: clone2cache into a tree of AI Studio, on ext4 alone, since a tree is made of the steps of the others.
. "$(dirname "$0")/../integration/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to mount small file systems"
for tool in strace eatmydata mkfs.ext4 mkfs.xfs mkfs.btrfs; do need "$tool"; done

use_memory
"$top/tests/fault/small_clone.sh" "$T/small"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/source"
expect_status 0 cache2dir org/small "$T/golden" --from "hf:$T/source"
options=() lost='lost file' kinds=(ext4 xfs btrfs)
case ${1:-clone2cache} in
  clone2cache) words=(clone2cache "$T/small/clone" --to 'hf:{target}') whole=blobs/ ;;
  cache2cache) words=(cache2cache --from "hf:$T/source" --to 'hf:{target}') whole=blobs/ ;;
  dir2cache) words=(dir2cache "$T/golden" --to 'hf:{target}') whole=blobs/ ;;
  cache2dir)
    words=(cache2dir org/small '{target}/model' --from "hf:$T/source") whole=model.bin lost='lost model/model.bin'
    options=(--check "$support/directory_check.py {target} $T/golden" --listing "$support/directory_check.py --listing {target}")
    ;;
  aistudio)
    expect_status 0 clone2cache "$T/small/clone" --to "aistudio:$T/tree"
    words=(clone2cache "$T/small/clone" --to 'aistudio:{target}') whole=model.bin kinds=(ext4)
    options=(--check "$support/index_check.py --after-kill --like $T/tree {target}")
    ;;
  *) fail "$1 is not known here" ;;
esac
cut() { "$top/tests/fault/power_cut.py" "$@" "${options[@]}" -- "${words[@]}" -j1; }
for kind in "${kinds[@]}"; do
  cut at-every-step "$memory/$kind" "$kind" --times 20 || fail "$kind: a power cut leaves something unsound"
  cut after-exit "$memory/$kind" "$kind" --times 7 || fail "$kind: a power cut after exit 0 loses something"
  cut after-exit "$memory/$kind" "$kind" --times 1 --without-sync >"$T/out" && fail "$kind: nothing is lost without a sync: nothing was proved"
  expect_text "$T/out" "$lost"
  rm -f "$memory/$kind"*.cut*
done
cut at-every-step "$memory/ext4" ext4 --without-sync >"$T/out" && fail "a published name is whole without a sync: nothing was proved"
expect_text "$T/out" "$whole"
