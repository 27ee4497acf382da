#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever system call clone2cache dies or fails at, the cache stays sound and the next run finishes the job.
#
# Usage: clone2cache_faults.sh kill|errno
. "$(dirname "$0")/../integration/lib.sh"
need strace

"$top/tests/fault/small_clone.sh" "$T/small"
options=()
# Every error at every call is some thousand runs; a fifth of them, spread evenly, still meets each call with each error class.
[ "$1" = errno ] && options=(--errors EIO,ENOSPC,EDQUOT,EMFILE,EACCES,EINTR --sample 5)
TMPDIR=$T "$top/tests/fault/fault_loop.py" "$1" "${options[@]}" \
  --check "$support/tree_check.py --after-kill {target}" --listing "$support/tree_check.py --listing {target}" \
  -- clone2cache "$T/small/clone" --to 'hf:{target}' -j1
