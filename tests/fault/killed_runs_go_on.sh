#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run that is killed at any time while it brings 200 MB over is gone on with: both runs together write no more than a tenth above the
# size and one file, and what lies about meanwhile is one temporary for each worker and one batch of small contents.
#
# Usage: killed_runs_go_on.sh cache2cache|cache2dir|clone2cache|dir2cache
. "$(dirname "$0")/../integration/lib.sh"

use_memory
python3 - "$memory/dir" <<'PY'
import os, sys
os.mkdir(sys.argv[1])
for number in range(20):
    with open(f"{sys.argv[1]}/model-{number}.safetensors", "wb") as file:
        file.write(os.urandom(10_000_000))
open(sys.argv[1] + "/config.json", "w").write("{}\n")
PY
expect_status 0 dir2cache "$memory/dir" --repo org/big --to "hf:$memory/source"
listing_of="$support/tree_check.py --listing"
case $1 in
  cache2cache) words=(--from "hf:$memory/source" --to "hf:{target}/hub") ;;
  dir2cache) words=("$memory/dir" --repo org/big --to "hf:{target}/hub") ;;
  clone2cache)
    expect_status 0 cache2clone org/big "$memory/clone" --from "hf:$memory/source" --worktree pointers --link hardlink
    words=("$memory/clone" --to "hf:{target}/hub")
    ;;
  cache2dir)
    listing_of="$support/directory_check.py --listing"
    words=(org/big "{target}/hub" --from "hf:$memory/source")
    ;;
  *) fail "$1 is not known here" ;;
esac
words+=(--link copy -j2)
expect_status 0 "$1" "${words[@]//\{target\}/$memory/golden}"
$listing_of "$memory/golden/hub" >"$T/golden.txt"
[ "$(wc -l <"$T/golden.txt")" -gt 10 ] || fail "there is nothing to compare with"
"$top/tests/fault/random_kills.py" --size 200000000 --largest 10000000 --workers 2 --top "$memory" \
  --check "bash -c '$listing_of {target}/hub | diff $T/golden.txt -'" -- "$1" "${words[@]}"

# The control: a program that begins anew each time.
mkdir "$memory/control"
"$top/tests/fault/random_kills.py" --size 200000000 --largest 10000000 --workers 2 --top "$memory/control" --check true -- \
  cp -rT --reflink=never "$memory/dir" '{target}/hub' >"$T/out" 2>"$T/err" && fail "a program that begins anew passes: nothing was proved"
expect_text "$T/out" 'bytes were written, more than'
