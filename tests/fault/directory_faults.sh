#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever system call cache2dir or dir2cache dies or fails at: a new directory is absent or complete, in one that was there each file is
# whole in its old or its new form, a cache is sound, and the next run finishes the job.
#
# Usage: directory_faults.sh kill|errno cache2dir|dir2cache [ERRORS]
. "$(dirname "$0")/../integration/lib.sh"
need strace

"$top/tests/fault/small_clone.sh" "$T/small"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/hub"
expect_status 0 cache2dir org/small "$T/golden" --from "hf:$T/hub"
# EDQUOT and EMFILE take the same ways; they are for runs by hand.
errors=${3:-EIO,ENOSPC,EINTR}
# What may not be read of a cache is told as such and left out; of a directory it ends the run.
[ "$2" = cache2dir ] || errors+=,EACCES
options=()
[ "$1" = errno ] && options=(--errors "$errors")
use_memory
loop() { TMPDIR=$memory "$top/tests/fault/fault_loop.py" "$@" -j1; }
check=$support/directory_check.py

if [ "$2" = dir2cache ]; then
  # One file by its note, one that must be hashed, and a mode to be kept.
  echo changed >"$T/golden/config.json"
  chmod +x "$T/golden/sub/notes.txt"
  loop "$1" "${options[@]}" -- dir2cache "$T/golden" --to 'hf:{target}'
  exit 0
fi

loop "$1" "${options[@]}" --check "$check {target} $T/golden" --listing "$check --listing {target}" -- \
  cache2dir org/small '{target}/model' --from "hf:$T/hub"

# Into a directory that is there: one file is equal, one is replaced, one is somebody's own.
mkdir -p "$T/start/model/sub"
cp "$T/golden/config.json" "$T/start/model"
echo mine >"$T/start/model/sub/notes.txt"
echo mine >"$T/start/model/mine.txt"
cp -a "$T/start" "$T/done"
expect_status 0 cache2dir org/small "$T/done/model" --from "hf:$T/hub" --replace
[ "$(cat "$T/done/model/sub/notes.txt")" = text ] || fail "nothing is replaced: this proves nothing"
[ "$1" = kill ] || options=(--errors EIO)
loop "$1" "${options[@]}" --from "$T/start" --check "$check {target} $T/done/model $T/start" --listing "$check --listing {target}" -- \
  cache2dir org/small '{target}/model' --from "hf:$T/hub" --replace
