#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever system call clone2cache dies or fails at, the cache stays sound and the next run finishes the job: in a new cache, and (only
# killed) where it adds revisions to a cache in use and replaces links.
#
# Usage: clone2cache_faults.sh kill|errno
. "$(dirname "$0")/../integration/lib.sh"
need strace

"$top/tests/fault/small_clone.sh" "$T/small"
options=()
[ "$1" = errno ] && options=(--errors EIO,ENOSPC,EDQUOT,EMFILE,EACCES,EINTR)
use_memory
loop() { TMPDIR=$memory "$top/tests/fault/fault_loop.py" "$@" --to 'hf:{target}' -j1; }
loop "$1" "${options[@]}" -- clone2cache "$T/small/clone"
[ "$1" = kill ] || exit 0

# A revision is there; of the next, a client has made the directory with a link to the content of before.
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/start"
repo=$T/start/models--org--small
old=$(cat "$repo/refs/main")
cd "$T/small/clone"
git tag v1
echo '{"new": true}' >config.json
head -c 70001 /dev/zero | tr '\0' y >sub/model.bin
git commit -qam 'Second version'
git branch dev
cd "$T"
mkdir "$repo/snapshots/$(git -C "$T/small/clone" rev-parse HEAD)"
cp -a "$repo/snapshots/$old/config.json" "$repo/snapshots/$(git -C "$T/small/clone" rev-parse HEAD)/"
"$support/tree_check.py" "$T/start" || fail "the cache is not sound before anything happens"
cp -a "$T/start" "$T/hub"
expect_status 0 clone2cache "$T/small/clone" --all-refs --to "hf:$T/hub"
new=snapshots/$(cat "$T/hub/models--org--small/refs/main")/config.json
[ "$(readlink "$repo/$new")" != "$(readlink "$T/hub/models--org--small/$new")" ] || fail "no link is replaced: this proves nothing"
loop kill --from "$T/start" -- clone2cache "$T/small/clone" --all-refs
