#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Killed or failed at any system call that can change something, cache2clone leaves no clone or a whole one, and the next run does the
# job. What a run that ends in order cannot make, it does not leave. A part of the cache that may
# not be read is a finding: cache2clone_exit_status has that.
#
# Usage: cache2clone_faults.sh kill|errno [ERRORS]
. "$(dirname "$0")/../integration/lib.sh"
need strace

"$top/tests/fault/small_clone.sh" "$T/small"
use_memory
# Where it is does not matter to the reader, and no path of the cache is to be mistaken for one of git's.
expect_status 0 clone2cache "$T/small/clone" --to "hf:$memory/hub"
options=()
# EDQUOT and EMFILE take the same ways; they are for runs by hand.
[ "$1" = errno ] && options=(--errors "${2:-EIO,ENOSPC,EINTR}")
check=$top/tests/fault/clone_check.py
TMPDIR=$memory "$top/tests/fault/fault_loop.py" "$1" "${options[@]}" --check "$check {target}" --listing "$check --listing {target}" \
  --done-status 6 -- cache2clone org/small '{target}/made' --from "$memory/hub" -j1
