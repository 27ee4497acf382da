#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever system call cache-meta --rebuild dies or fails at: each side file is the old or the new one, whole, what the index says is true of
# the files, and the next run finishes the job.
#
# Usage: cache_meta_faults.sh kill|errno
. "$(dirname "$0")/../integration/lib.sh"
need strace

use_memory
mkdir -p "$T/start/sub"
printf 'hello lfs\n' >"$T/start/sub/model.bin"
echo '{}' >"$T/start/config.json"
words=(--rebuild --repo org/small --lfs '*.bin')
expect_status 0 cache-meta "$T/start" "${words[@]}" --revision "$(printf 'a%.0s' {1..40})"
echo 'new' >"$T/start/README.md"
words=("${words[@]/org\/small/org/other}" --revision "$(printf 'b%.0s' {1..40})")
cp -a "$T/start" "$T/golden"
expect_status 0 cache-meta "$T/golden" "${words[@]}"
check=$support/index_holds.py
options=()
# Of the calls that give no name every fourth is failed; MODELCACHE_EVERY_POINT=1 tries all.
[ "$1" = kill ] || options=(--every 4 --errors EIO,ENOSPC,EINTR)
TMPDIR=$memory "$top/tests/fault/fault_loop.py" "$1" "${options[@]}" --from "$T/start" --check "$check {target} $T/golden" \
  --listing "$check --listing {target}" -- cache-meta '{target}' "${words[@]}" -j1
