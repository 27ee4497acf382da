#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever system call cache2cache dies or fails at, the target stays sound in each layout and the next run finishes the job. With --move
# no revision is ever nowhere: it is whole in the target, or still in the source.
#
# Usage: cache2cache_faults.sh kill|errno LAYOUT|move
. "$(dirname "$0")/../integration/lib.sh"
need strace

"$top/tests/fault/small_clone.sh" "$T/small"
git -C "$T/small/clone" tag v1
echo '{"new": true}' >"$T/small/clone/config.json"
git -C "$T/small/clone" commit -qam 'Second version'
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/source"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/source" --revision v1 --ref v1
commit=$(cat "$T/source/models--org--small/refs/main")
mkdir -p "$T/source/models--org--small/.no_exist/$commit"
touch "$T/source/models--org--small/.no_exist/$commit/absent.json"
options=()
# Without EACCES: what may not be read of a source is a finding, and the rest comes.
[ "$1" = errno ] && options=(--errors EIO,ENOSPC,EINTR)
use_memory
loop() { TMPDIR=$memory "$top/tests/fault/fault_loop.py" "$@"; }
check=$top/tests/support/tree_check.py
case $2 in
  move)
    mkdir "$T/both"
    cp -a "$T/source" "$T/both/source"
    loop "$1" "${options[@]}" --from "$T/both" --moves --check "$top/tests/support/move_check.py $T/source {target}/source {target}/to" \
      -- cache2cache --from 'hf:{target}/source' --to 'hf:{target}/to' -j1 --move --settle 0
    ;;
  shared)
    mv "$T/source/models--org--small" "$T/source/models--org--demo"
    "$support/shared_cache.sh" "$T/source" "$T/pair"
    loop "$1" "${options[@]}" -- cache2cache --from "$T/pair" --to 'hf:{target}' -j1 --cache-layout shared
    ;;
  files) loop "$1" "${options[@]}" --check "$check --after-kill --files {target}" -- cache2cache --from "$T/source" --to 'hf:{target}' -j1 --cache-layout files ;;
  *) loop "$1" "${options[@]}" -- cache2cache --from "$T/source" --to 'hf:{target}' -j1 --cache-layout "$2" ;;
esac
