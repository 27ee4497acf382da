#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever system call a program dies or fails at that writes a tree of AI Studio or ModelScope: a new repo is absent or whole, in one that
# was there each file is whole in its old or its new form, no index entry is of other bytes than its file has, and the next run finishes.
#
# Usage: tree_faults.sh kill|errno aistudio|modelscope|modelscope-1.37|cache2cache
# Of the calls that give no name every tenth is failed: all take too long for each push. MODELCACHE_EVERY_POINT=1 tries all.
. "$(dirname "$0")/../integration/lib.sh"
need strace

check=$support/index_check.py
clone=$T/small/clone
"$top/tests/fault/small_clone.sh" "$T/small"
options=()
# EDQUOT and EMFILE take the same ways; they are for runs by hand.
[ "$1" = kill ] || options=(--every 10 --errors "${MODELCACHE_ERRORS:-EIO,ENOSPC,EINTR}")
case $2 in
  modelscope-1.37) layout=modelscope more=(--modelscope-version 1.37) ;;
  modelscope) layout=modelscope more=() ;;
  *) layout=aistudio more=() ;;
esac
program=(clone2cache "$clone")
if [ "$2" = cache2cache ]; then
  expect_status 0 clone2cache "$clone" --to "hf:$T/hub"
  program=(cache2cache --from "hf:$T/hub")
fi
use_memory
judge() { # ARGUMENT...: the options of the judge that fit the layout, and then those
  echo "$check --after-kill $([ "$2" != modelscope-1.37 ] || echo "--commits $T/history") ${*:3} {target}"
}
loop() { TMPDIR=$memory "$top/tests/fault/fault_loop.py" "$@" -- "${program[@]}" --to "$layout:{target}" -j1 "${more[@]}"; }
# finished TREE: what an undisturbed run makes of it
finished() {
  expect_status 0 "${program[@]}" --to "$layout:$1" -j1 "${more[@]}"
  "$check" --history "$clone" >"$T/history"
  local commits=()
  [ "$2" != modelscope-1.37 ] || commits=(--commits "$T/history")
  expect_status 0 "$check" "${commits[@]}" "$1"
}

finished "$T/golden" "$2"
loop "$1" "${options[@]}" --check "$(judge "$@" --like "$T/golden")"
[ "$1" = kill ] && [ "$2" != cache2cache ] || exit 0

# Of another revision: of two files the content changes, one is new, the others stay.
cp -a "$T/golden" "$T/start"
cd "$clone"
echo '{"new": true}' >config.json
head -c 70001 /dev/zero | tr '\0' y >sub/model.bin
echo new >sub/new.txt
git add -A
git commit -qm 'Second version'
cd "$T"
cp -a "$T/start" "$T/done"
finished "$T/done" "$2"
[ "$(find "$T/done" -newer "$T/small/clone/sub/new.txt" -name model.bin | wc -l)" -eq 1 ] || fail "not one large file is replaced: this proves nothing"
loop kill "${options[@]}" --from "$T/start" --between '/\.msc$' --check "$(judge "$@" --like "$T/done" --was "$T/start")"
