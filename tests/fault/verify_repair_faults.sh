#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever system call verify-sha --repair-from dies or fails at, with --quarantine or without: each file is whole in its old or its new
# form, no bad content is lost that was to be kept, nothing else is there, and the next run finishes the job.
#
# Usage: verify_repair_faults.sh kill|errno hf|dir|aistudio|clone|quarantine
# Of the calls that give no name every tenth is failed; MODELCACHE_EVERY_POINT=1 tries all.
. "$(dirname "$0")/../integration/lib.sh"
need strace

"$top/tests/fault/small_clone.sh" "$T/small"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/source"
layout=$2 place={target}
more=()
case $layout in
  dir) expect_status 0 cache2dir org/small "$T/golden" --from "hf:$T/source" ;;
  clone) cp -a "$T/small/clone" "$T/golden" ;;
  quarantine)
    layout=hf place={target}/hub more=(--quarantine '{target}/aside')
    mkdir "$T/golden"
    cp -a "$T/source" "$T/golden/hub"
    ;;
  *) expect_status 0 clone2cache "$T/small/clone" --to "$layout:$T/golden" ;;
esac
cp -a "$T/golden" "$T/start"
# One large content is damaged, a small file is gone.
large=$(find "$T/start" \( -name model.bin -o -path '*/blobs/*' -o -path '*/lfs/objects/*' \) -type f -size +20k | head -n 1)
chmod u+w "$large"
printf y | dd of="$large" conv=notrunc status=none
small=$(find "$T/start" -name config.json -not -path '*/.cache/*' | head -n 1)
rm "$small"
options=()
[ "$1" = kill ] || options=(--every 10 --errors "${MODELCACHE_ERRORS:-EIO,ENOSPC,EINTR}")
use_memory
check=$support/mend_check.py
TMPDIR=$memory "$top/tests/fault/fault_loop.py" "$1" "${options[@]}" --from "$T/start" --moves \
  --check "$check {target} $T/golden $T/start ${more:+aside}" --listing "$check --listing {target}" \
  -- verify-sha "$layout:$place" --repair-from "hf:$T/source" "${more[@]}" -j1
