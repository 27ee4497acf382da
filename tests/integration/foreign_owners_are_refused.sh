#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A clone or a cache of another user is refused (6) unless that is allowed; without permission: 3, and nothing half-done.
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
