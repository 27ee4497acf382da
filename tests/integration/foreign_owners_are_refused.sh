#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A clone, a directory or a cache of another user is refused (6) unless that is allowed; without permission: 3, and nothing half-done.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to make files of other users"

make_clone
chmod 755 "$T"
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$T/nobody-home" PATH="$PATH" "$@"; }
mkdir "$T/nobody-home" && chown 65534:65534 "$T/nobody-home"
cp -a "$T/repo/clone" "$T/foreign" && chown -R 65533:65533 "$T/foreign"

expect_status 6 clone2cache "$T/foreign" --to "hf:$T/hub"
expect_text "$T/err" 'belongs to another user (uid 65533)'
expect_text "$T/err" --allow-foreign-owner
[ ! -e "$T/hub" ] || fail "something was written for a refused clone"
expect_status 6 as_nobody clone2cache "$T/foreign" --to "hf:$T/nobody-home/hub"
expect_status 0 clone2cache "$T/foreign" --to "hf:$T/hub" --allow-foreign-owner
cp -a "$T/repo/clone" "$T/foreign-git" && chown -R 65533 "$T/foreign-git/.git"
expect_status 6 clone2cache "$T/foreign-git" --to "hf:$T/hub2"

# root in somebody's cache; somebody in root's.
mkdir "$T/theirs" && chown 65533 "$T/theirs"
expect_status 6 clone2cache "$T/repo/clone" --to "hf:$T/theirs"
[ -z "$(ls -A "$T/theirs")" ] || fail "something was written into a foreign cache"
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/theirs" --allow-foreign-owner
mkdir "$T/roots" && chmod 755 "$T/roots"
expect_status 3 as_nobody clone2cache "$T/repo/clone" --to "hf:$T/roots"
expect_text "$T/err" "$T/roots"
[ -z "$(ls -A "$T/roots")" ] || fail "something was written into root's cache"
expect_status 0 as_nobody cache-scan "hf:$T/theirs"

# A sticky directory that all may write to, and a part of a cache that may not be read.
mkdir "$T/sticky" && chmod 1777 "$T/sticky"
expect_status 0 as_nobody clone2cache "$T/repo/clone" --to "hf:$T/sticky"
# There each may add a repo, but not to one of somebody else's, and what was there stays.
expect_status 0 cache-scan "hf:$T/sticky" --check
listing "$T/sticky" >"$T/before"
as_other() { setpriv --reuid=65532 --regid=65532 --clear-groups env HOME="$T/nobody-home" PATH="$PATH" "$@"; }
expect_status 3 as_other clone2cache "$T/repo/clone" --to "hf:$T/sticky" --revision dev
expect_text "$T/err" 'Permission denied'
expect_text "$T/err" "$T/sticky"
listing "$T/sticky" | cut -d ' ' -f 1-3 >"$T/after.names"
cut -d ' ' -f 1-3 "$T/before" | diff - "$T/after.names" || fail "a refused run leaves something in a sticky directory"
"$support/tree_check.py" "$T/sticky" || fail "the sticky cache is not sound"
chmod 000 "$T/theirs/models--org--demo/snapshots"/*
expect_status 1 as_nobody cache-scan "hf:$T/theirs" --check
expect_text "$T/err" permission_denied
chmod 755 "$T/theirs/models--org--demo/snapshots"/*

# The Python client leaves listings that only their owner may read: such a one is kept and told, and the rest is done.
chmod 1777 "$T/theirs"/models--org--demo{,/refs,/snapshots,/blobs,/.modelcache} "$T/theirs/.locks/models--org--demo"
chmod 666 "$T/theirs/.locks/models--org--demo"/*
chmod 600 "$T/theirs/models--org--demo/trees"/*
chown 65533 "$T/theirs/models--org--demo/trees"/*
expect_status 0 as_nobody clone2cache "$T/repo/clone" --to "hf:$T/theirs" --allow-foreign-owner --ref other
expect_text "$T/err" tree_unreadable
cmp "$T/theirs/models--org--demo/refs/other" "$T/theirs/models--org--demo/refs/main" || fail "the ref was not written"
expect_status 0 as_nobody clone2cache "$T/repo/clone" --to "hf:$T/theirs" --allow-foreign-owner --ref other
expect_status 0 as_nobody cache-scan --ready org/demo@other "hf:$T/theirs"

# The same of the other programs: what another user has may be read, but not be written to or freed from; without permission it is 3.
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/mine"
expect_status 0 cache2dir org/demo "$T/dir" --from "hf:$T/mine"
for name in mine dir; do cp -a "$T/$name" "$T/of-another-$name" && chown -hR 65533:65533 "$T/of-another-$name"; done
mkdir "$T/empty" && chown 65533 "$T/empty"
refused() { # PATH COMMAND...: since PATH is another user's, nothing is written, but where that is allowed
  listing "$T/of-another-mine" >"$T/before"
  listing "$T/of-another-dir" >>"$T/before"
  expect_status 6 "${@:2}"
  expect_text "$T/err" 'belongs to another user (uid 65533)'
  expect_text "$T/err" "$1"
  expect_text "$T/err" --allow-foreign-owner
  [ ! -e "$T/made" ] && [ -z "$(ls -A "$T/empty")" ] || fail "${*:2}: something was written"
  { listing "$T/of-another-mine" && listing "$T/of-another-dir"; } | diff "$T/before" - || fail "${*:2}: something was changed"
  expect_status 0 "${@:2}" --allow-foreign-owner
  rm -rf "$T/made"
  find "$T/empty" -mindepth 1 -delete
}
expect_status 0 cache2cache --from "hf:$T/of-another-mine" --to "hf:$T/read-cache"
expect_status 0 cache2dir org/demo "$T/read-dir" --from "hf:$T/of-another-mine"
expect_status 0 cache2clone org/demo "$T/read-clone" --from "hf:$T/of-another-mine"
expect_status 0 dir2cache "$T/of-another-dir" --to "hf:$T/read-dir-cache"
refused "$T/empty" cache2cache --from "hf:$T/mine" --to "hf:$T/empty"
refused "$T/empty" dir2cache "$T/dir" --to "hf:$T/empty"
refused "$T/of-another-mine" cache2cache --from "hf:$T/mine" --to "hf:$T/of-another-mine"
refused "$T/empty" cache2dir org/demo "$T/empty" --from "hf:$T/mine"
for words in "cache2cache --from hf:$T/of-another-mine --to hf:$T/made" "cache2dir org/demo $T/made --from hf:$T/of-another-mine" \
  "cache2clone org/demo $T/made --from hf:$T/of-another-mine" "dir2cache $T/of-another-dir --to hf:$T/made"; do
  name=of-another-mine
  [ "${words%% *}" != dir2cache ] || name=of-another-dir
  cp -a "$T/$name" "$T/keep"
  # shellcheck disable=SC2086
  refused "$T/$name" $words --move
  [ -z "$(find "$T/$name" -type f -size +60k)" ] || fail "$words --move --allow-foreign-owner frees nothing: this proves nothing"
  rm -rf "${T:?}/$name"
  mv "$T/keep" "$T/$name"
done

# Somebody in root's.
mkdir -m 755 "$T/root-target"
mkdir -m 777 "$T/any"
for words in "cache2cache --from hf:$T/mine --to hf:$T/root-target" "cache2cache --from hf:$T/mine --to hf:$T/root-target/new" \
  "dir2cache $T/dir --to hf:$T/root-target" "cache2clone org/demo $T/root-target/new --from hf:$T/mine"; do
  # shellcheck disable=SC2086
  expect_status 3 as_nobody $words --allow-foreign-owner
  expect_text "$T/err" 'Permission denied'
  expect_text "$T/err" "$T/root-target"
  [ -z "$(ls -A "$T/root-target")" ] || fail "$words: something was written into root's directory"
done
# Whoever may not write to the source cannot move out of it, and then nothing of it is lost.
listing "$T/mine" >"$T/before"
status=0
as_nobody cache2cache --from "hf:$T/mine" --to "hf:$T/any/moved" --move --allow-foreign-owner >"$T/out" 2>"$T/err" || status=$?
[ "$status" -eq 3 ] || fail "a move out of root's cache ends with $status: $(cat "$T/err")"
expect_text "$T/err" "$T/mine"
listing "$T/mine" | diff "$T/before" - || fail "a move that is not permitted frees something"

# A sticky directory: another's repo is not added to, and a repo of one's own is.
mkdir -m 1777 "$T/sticky2"
expect_status 0 as_nobody cache2cache --from "hf:$T/mine" --to "hf:$T/sticky2" --allow-foreign-owner
"$support/tree_check.py" "$T/sticky2" || fail "what cache2cache writes into a sticky directory is not sound"
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/mine" --all-refs
listing "$T/sticky2" | cut -d ' ' -f 1-3 >"$T/before.names"
expect_status 3 as_other cache2cache --from "hf:$T/mine" --to "hf:$T/sticky2" --allow-foreign-owner
expect_text "$T/err" 'Permission denied'
listing "$T/sticky2" | cut -d ' ' -f 1-3 | diff "$T/before.names" - || fail "a refused run leaves something in a sticky directory"
