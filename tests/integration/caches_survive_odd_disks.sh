#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# exFAT has no links and takes capitals for small letters: a cache there is one of files without being asked for, and comes back as it
# was; demanded links, and names or repos that it takes for one, are refused, and what is there stays.
[ -n "${MODELCACHE_OWN_MOUNTS:-}" ] || exec env MODELCACHE_OWN_MOUNTS=1 unshare --mount bash "$0"
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to mount file systems"
need mkfs.exfat
need mount.exfat-fuse

make_clone
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs
mkdir "$T/fat"
truncate -s 64M "$T/fat.image"
mkfs.exfat "$T/fat.image" >/dev/null
loop=$(losetup -f --show "$T/fat.image")
trap 'status=$?; set +e; umount "$T/fat" 2>/dev/null; losetup -d "$loop"; (exit "$status"); finish' EXIT
mount.exfat-fuse -o fmask=000,dmask=000 "$loop" "$T/fat" >/dev/null 2>&1 || fail "no exFAT can be mounted here"
! ln -s x "$T/fat/probe" 2>/dev/null || fail "this file system has links: this proves nothing"

expect_status 0 cache2cache --from "hf:$T/hub" --to "hf:$T/fat/hub"
python3 "$support/tree_check.py" --files "$T/fat/hub" || fail "the cache of files is not sound"
[ -n "$(find "$T/fat/hub" -path '*/snapshots/*' -name model.safetensors)" ] || fail "no files came"
expect_status 0 cache2cache --from "hf:$T/hub" --to "hf:$T/fat/hub"
expect_text "$T/err" 'nothing written'
expect_status 0 cache2cache --from "hf:$T/fat/hub" --to "hf:$T/back"
diff -r --no-dereference --exclude=.locks "$T/hub" "$T/back" || fail "another cache came back"
expect_status 3 cache2cache --from "hf:$T/hub" --to "hf:$T/fat/links" --cache-layout links
expect_text "$T/err" "$T/fat/links/models--org--demo"
[ -z "$(find "$T/fat/links" -path '*/snapshots/*' -o -path '*/refs/*')" ] || fail "a snapshot appears without its links"

# Two repos whose folders are one there.
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/other" --repo org/Demo
(cd "$T/fat/hub" && find . -type f -exec sha256sum {} + | sort) >"$T/before"
expect_status 6 cache2cache --from "hf:$T/other" --to "hf:$T/fat/hub"
expect_text "$T/err" 'takes this name for that of another repo'
(cd "$T/fat/hub" && find . -type f -exec sha256sum {} + | sort) | diff "$T/before" - || fail "a repo was changed by another one"

# Two files of one revision whose names are one there.
python3 - "$T/case" <<'PY'
import hashlib, os, sys
root = sys.argv[1] + "/models--org--case"
commit = "1" * 40
for directory in ("blobs", "refs", f"snapshots/{commit}"):
    os.makedirs(f"{root}/{directory}")
open(f"{root}/refs/main", "w").write(commit)
for name, text in (("README.md", b"one"), ("readme.md", b"two")):
    blob = hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest()
    open(f"{root}/blobs/{blob}", "wb").write(text)
    os.symlink("../../blobs/" + blob, f"{root}/snapshots/{commit}/{name}")
PY
expect_status 6 cache2cache --from "hf:$T/case" --to "hf:$T/fat/hub"
expect_text "$T/err" 'takes this name for another one'
[ -z "$(find "$T/fat/hub/models--org--case" -path '*/snapshots/*' -o -path '*/refs/*')" ] || fail "a revision that lacks a file appears"
