#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a running client of AI Studio or ModelScope has locked we leave alone, and wait for as long as we are told; what a dead one left
# stops nobody. Lock files of others stay as they are.
. "$(dirname "$0")/lib.sh"
need strace

"$top/tests/fault/small_clone.sh" "$T/small"
clone=$T/small/clone
check=$support/index_check.py
expect_status 0 clone2cache "$clone" --to "aistudio:$T/studio-first"
expect_status 0 clone2cache "$clone" --repo org/small.5 --to "aistudio:$T/studio-first"
expect_status 0 clone2cache "$clone" --to "modelscope:$T/older-first" --modelscope-version 1.37
expect_status 0 clone2cache "$clone" --to "modelscope:$T/newer-first"
echo '{"new": true}' >"$clone/config.json"
head -c 70001 /dev/zero | tr '\0' y >"$clone/sub/model.bin"
git -C "$clone" commit -qam 'Second version'
sleep 600 &
alive=$!
children+=("$alive")
sleep 0 &
dead=$!
wait "$dead"

identity() { stat -c '%i %s %Y' "$1"; }
# busy TREE LOCK ARGUMENT...: nothing is waited for with 0s, and no longer than a second with 1s; of both nothing changes.
busy() {
  local tree=$1 lock=$2 began ended
  identity "$lock" >"$T/lock-before"
  entries "$tree" >"$T/before"
  expect_status 5 clone2cache "$clone" "${@:3}" --wait 0s --json
  tail -n 1 "$T/out" | grep -q '"status":5' || fail "the summary does not say 5: $(cat "$T/out")"
  began=$(date +%s%N)
  expect_status 5 clone2cache "$clone" "${@:3}" --wait 1s
  ended=$(date +%s%N)
  expect_text "$T/err" "$(basename "$lock")"
  expect_text "$T/err" '--wait'
  [ $(((ended - began) / 1000000)) -ge 1000 ] || fail "it did not wait for a second"
  identity "$lock" | diff "$T/lock-before" - || fail "the lock of another was changed"
}
# unbusy TREE LOCK ARGUMENT...: it is done, and the lock file is the same.
unbusy() {
  identity "$2" >"$T/lock-before"
  expect_status 0 clone2cache "$clone" "${@:3}" --wait 0s
  identity "$2" | diff "$T/lock-before" - || fail "the lock of another was changed"
}
changed() { ! cmp -s "$1/config.json" <(echo '{}'); }

# AI Studio: the number of a process, in the folder for what is on its way; that folder has the name with its dots.
studio() { # REPO TEXT: a tree in use, with a lock on a file in a folder
  rm -rf "$T/studio"
  cp -a "$T/studio-first" "$T/studio"
  mkdir -p "$T/studio/models/._tmp/$1/sub"
  lock=$T/studio/models/._tmp/$1/sub/model.bin.lock
  printf '%s' "$2" >"$lock"
}
for repo in org/small org/small.5; do
  studio "$repo" "$alive"
  busy "$T/studio" "$lock" --repo "$repo" --to "aistudio:$T/studio"
  entries "$T/studio" | diff "$T/before" - || fail "a tree was changed that a running client writes"
done
# Another repo's lock is none of this one.
unbusy "$T/studio" "$lock" --repo org/small --to "aistudio:$T/studio"
changed "$T/studio/models/org/small" || fail "nothing was written"
# It comes free while we wait.
(sleep 1 && rm "$lock") &
expect_status 0 clone2cache "$clone" --repo org/small.5 --to "aistudio:$T/studio" --wait 60s
changed "$T/studio/models/org/small___5" || fail "nothing was written after the wait"
for text in "$dead" '' garbage 0 -1 "$alive x" 99999999999999999999 "$(printf '%0100d' "$alive")"; do
  studio org/small "$text"
  unbusy "$T/studio" "$lock" --to "aistudio:$T/studio"
  changed "$T/studio/models/org/small" || fail "'$text' in a lock stops us"
done
expect_status 0 "$check" "$T/studio"

# modelscope <= 1.37: a flock on the repo, also of a cache that lies in hub/.
"$check" --history "$clone" >"$T/history"
for below in '' hub/; do
  rm -rf "$T/older"
  mkdir -p "$T/older/$below"
  cp -a "$T/older-first/." "$T/older/$below"
  lock=$T/older/${below}.lock/org___small
  exec 9>>"$lock"
  flock 9
  busy "$T/older" "$lock" --to "modelscope:$T/older"
  entries "$T/older" | diff "$T/before" - || fail "a tree was changed that a running client has locked"
  (sleep 1 && flock -u 9) &
  exec 9>&-
  expect_status 0 clone2cache "$clone" --to "modelscope:$T/older" --wait 60s
  unbusy "$T/older" "$lock" --to "modelscope:$T/older"
  changed "$T/older/${below}models/org/small" || fail "nothing was written after the wait"
  expect_status 0 "$check" --commits "$T/history" "$T/older"
done

# modelscope >= 1.38: a flock on each file, where one is replaced.
file_lock() { # PATH
  printf 'file_%s.lock' "$(printf 'modelscope-hub-download-lock-v2\0file\0model\0org/small\0%s' "$1" | sha256sum | cut -d ' ' -f 1)"
}
newer() { # PATH: a tree in use, whose file is locked
  rm -rf "$T/newer"
  cp -a "$T/newer-first" "$T/newer"
  mkdir -p "$T/newer/.lock"
  lock=$T/newer/.lock/$(file_lock "$1")
  exec 9>>"$lock"
  flock 9
}
cp -a "$T/newer-first" "$T/newer-done"
expect_status 0 clone2cache "$clone" --to "modelscope:$T/newer-done"
[ -e "$T/newer-done/.lock/$(file_lock config.json)" ] || fail "config.json was replaced without the client's lock"
for path in config.json sub/model.bin; do
  newer "$path"
  busy "$T/newer" "$lock" --to "modelscope:$T/newer"
  cmp "$T/newer/models/org--small/snapshots/master/$path" "$T/newer-first/models/org--small/snapshots/master/$path" ||
    fail "a file was replaced that a running client has locked"
  expect_status 0 "$check" --after-kill --like "$T/newer-done" --was "$T/newer-first" "$T/newer"
  exec 9>&-
  unbusy "$T/newer" "$lock" --to "modelscope:$T/newer"
  expect_status 0 "$check" --like "$T/newer-done" "$T/newer"
done
# A file that stays, and one of a folder that nobody has yet, are not asked for.
newer model.bin
unbusy "$T/newer" "$lock" --to "modelscope:$T/newer"
expect_status 0 "$check" --like "$T/newer-done" "$T/newer"
exec 9>&-
newer config.json
unbusy "$T/newer" "$lock" --to "modelscope:$T/newer" --ref other
exec 9>&-

# Two programs of ours: what one saw before it had the lock, the other has changed when it comes to write. strace holds the first one there.
for layout in aistudio modelscope; do
  rm -rf "$T/two" "$T/new"
  expect_status 0 clone2cache "$clone" --to "$layout:$T/two" "--revision=$(git -C "$clone" rev-parse HEAD)" --ref master
  cp -a "$T/two" "$T/new"
  # So that something is to be done.
  find "$T/two" -name .mdl -delete
  [ "$layout" = aistudio ] || echo old >"$T/two/models/org--small/snapshots/master/sub/notes.txt"
  strace -f -qq -o "$T/trace" -e trace=flock -e inject=flock:delay_enter=2000000:when=1 \
    clone2cache "$clone" --to "$layout:$T/two" --ref master -j1 >"$T/slow.out" 2>"$T/slow.err" &
  slow=$!
  children+=("$slow")
  for _ in $(seq 200); do [ ! -s "$T/trace" ] && sleep 0.05 && [ -d "/proc/$slow" ] || break; done
  sleep 0.5
  expect_status 0 clone2cache "$clone" --to "$layout:$T/two" "--revision=$(git -C "$clone" rev-parse HEAD^)" --ref master
  status=0
  wait "$slow" || status=$?
  [ "$status" -eq 0 ] || [ "$status" -eq 5 ] || fail "$layout: the slower program ended with $status: $(cat "$T/slow.err")"
  expect_status 0 "$check" --after-kill "$T/two"
  expect_status 0 clone2cache "$clone" --to "$layout:$T/two" --ref master
  expect_status 0 "$check" --like "$T/new" "$T/two"
done
