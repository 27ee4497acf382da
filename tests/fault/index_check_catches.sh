#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The independent judge of AI Studio's and ModelScope's trees finds each kind of damage; in undamaged trees it finds none.
. "$(dirname "$0")/../integration/lib.sh"

check=$support/index_check.py
"$top/tests/fault/small_clone.sh" "$T/small"
expect_status 0 clone2cache "$T/small/clone" --to "aistudio:$T/studio"
expect_status 0 clone2cache "$T/small/clone" --to "modelscope:$T/older" --modelscope-version 1.37
expect_status 0 clone2cache "$T/small/clone" --to "modelscope:$T/newer"
"$check" --history "$T/small/clone" >"$T/history"
declare -A options=([older]="--commits $T/history") folder=([studio]=models/org/small [older]=models/org/small
  [newer]=models/org--small/snapshots/master)

# judged sound|flawed TREE COMMAND [OPTION...]: what a copy of the tree is after COMMAND in the repo's folder
judged() {
  local wanted=0
  [ "$1" = sound ] || wanted=1
  rm -rf "$T/copy" && cp -a "$T/$2" "$T/copy"
  (cd "$T/copy/${folder[$2]}" && bash -c "$3") || fail "'$3' cannot be done"
  # shellcheck disable=SC2086
  expect_status "$wanted" "$check" ${options[$2]:-} --like "$T/$2" "${@:4}" "$T/copy"
}
# repickled PYTHON: a command that changes `index`, the value in .msc
repickled() {
  printf 'python3 -c "%s"' "import pickle; index = pickle.load(open('.msc', 'rb')); $1; pickle.dump(index, open('.msc', 'wb'))"
}
for tree in studio older newer; do
  judged sound "$tree" :
  judged flawed "$tree" 'truncate -s 10 model.bin'
  judged flawed "$tree" 'rm sub/notes.txt'
done
judged sound studio "rm -r \$PWD"
judged flawed studio 'printf y | dd of=model.bin bs=1 conv=notrunc status=none'
judged flawed newer 'touch stray'
judged flawed newer 'touch model.bin.incomplete'
judged flawed newer 'touch .msc'
judged flawed newer 'mkdir ../../.modelcache'
judged flawed studio 'mkdir ../.small.modelcache'
judged sound studio 'mkdir ../.small.modelcache; touch ../.small.modelcache/part' --after-kill
judged flawed studio 'truncate -s -1 .msc'
judged flawed studio 'rm .msc'
judged flawed studio 'echo >>.msc'
judged flawed studio 'printf "cos\nsystem\n(S\"touch sentinel\"\ntR." >.msc'
judged flawed studio "$(repickled 'index = tuple(index)')"
judged flawed studio "$(repickled 'index.pop()')"
judged flawed studio "$(repickled 'index.append(index[0])')"
judged flawed studio "$(repickled "index[0]['Size'] = 1")"
judged flawed studio "$(repickled "index[0]['Path'] = '../' + index[0]['Path']")"
judged flawed studio "$(repickled "index[0]['Revision'] = index[0]['Revision'][:7]")"
judged flawed studio 'sed -i s/small/large/ .mdl'
# Of a run that died in a tree with files of another revision: an entry may lack, and none may be wrong.
for tree in studio older; do
  judged flawed "$tree" 'echo >>.mv' --after-kill
  judged sound "$tree" "$(repickled 'index.pop()')" --after-kill --was "$T/$tree"
  judged flawed "$tree" "$(repickled "index[0]['Revision'] = 40 * '0'")" --after-kill --was "$T/$tree"
done
judged flawed studio 'truncate -s 10 model.bin' --after-kill --was "$T/studio"
# Both texts of a pointer.
expect_status 0 clone2cache "$T/small/clone" --to "aistudio:$T/bare" --pointer-newline no
cmp -s "$T/bare/models/org/small/.msc" "$T/studio/models/org/small/.msc" && fail "the pointers are the same: this proves nothing"
expect_status 0 "$check" "$T/bare"
# Files of a repo without any note of theirs.
mkdir -p "$T/torn/models/org/small" && cp "$T/studio/models/org/small/config.json" "$T/torn/models/org/small"
expect_status 1 "$check" --after-kill --like "$T/studio" "$T/torn"
