#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# exFAT keeps no modes, has no links and takes capitals for small letters: a model comes over it whole, or is refused before anything is
# lost. On a disk that is too small a directory appears whole or not at all, and after it grew the same command finishes.
[ -n "${MODELCACHE_OWN_MOUNTS:-}" ] || exec env MODELCACHE_OWN_MOUNTS=1 unshare --mount bash "$0"
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to mount file systems"
need mkfs.exfat
need mount.exfat-fuse

make_clone
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs
mkdir "$T/fat" "$T/disk"
truncate -s 64M "$T/fat.image"
mkfs.exfat "$T/fat.image" >/dev/null
loop=$(losetup -f --show "$T/fat.image")
trap 'status=$?; set +e; umount "$T/fat" 2>/dev/null; losetup -d "$loop"; (exit "$status"); finish' EXIT
mount.exfat-fuse -o fmask=000,dmask=000 "$loop" "$T/fat" >/dev/null 2>&1 || fail "no exFAT can be mounted here"

# There and back: every file shows itself executable, and the commit, its listing and modes are what they were.
for target in new there; do
  [ "$target" = new ] || mkdir "$T/fat/$target"
  expect_status 0 cache2dir org/demo "$T/fat/$target" --from "hf:$T/hub" --manifest
  [ -x "$T/fat/$target/config.json" ] || fail "this file system keeps modes: this proves nothing"
  (cd "$T/fat/$target" && sha256sum --quiet -c SHA256SUMS) || fail "$target: other bytes"
  expect_status 0 cache2dir org/demo "$T/fat/$target" --from "hf:$T/hub" --manifest
  expect_text "$T/err" 'nothing written'
  expect_status 0 dir2cache "$T/fat/$target" --to "hf:$T/back-$target"
  for part in refs trees .modelcache blobs; do
    diff -r "$T/hub/models--org--demo/$part" "$T/back-$target/models--org--demo/$part" | grep -vE "^Only in $T/hub" && fail "$target: other $part"
  done
  grep -aq '100755 run.sh' "$T/back-$target/models--org--demo/.modelcache/commits/$(cat "$T/hub/models--org--demo/refs/main").modes" ||
    fail "$target: the executable bit is lost"
done
# A directory without notes shows modes that mean nothing there: none is taken for the truth.
rm -rf "$T/fat/new/.cache" "$T/fat/new/SHA256SUMS"
expect_status 0 dir2cache "$T/fat/new" --repo org/bare --to "hf:$T/back-bare"
[ -z "$(find "$T/back-bare" -name '*.modes')" ] || fail "each file of an exFAT is taken for executable"
expect_status 3 cache2dir org/demo "$T/fat/links" --from "hf:$T/hub" --link symlink
[ ! -e "$T/fat/links" ] || fail "a directory of links appears where there are none"

# Two names that exFAT takes for one.
python3 - "$T/case" <<'PY'
import hashlib, os, sys
root = sys.argv[1] + "/models--org--case"
commit = "1" * 40
for directory in ("blobs", "refs", f"snapshots/{commit}/Sub", f"snapshots/{commit}/sub"):
    os.makedirs(f"{root}/{directory}")
open(f"{root}/refs/main", "w").write(commit)
for name, text in (("README.md", b"one"), ("readme.md", b"two"), ("Sub/same", b"three"), ("sub/same", b"three"), ("a", b"a")):
    blob = hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest()
    open(f"{root}/blobs/{blob}", "wb").write(text)
    os.symlink("../" * (2 + name.count("/")) + "blobs/" + blob, f"{root}/snapshots/{commit}/{name}")
PY
for words in '' "--include *[aA]*" "--include */same"; do
  # shellcheck disable=SC2086
  (set -f && expect_status 6 cache2dir org/case "$T/fat/case" --from "hf:$T/case" $words)
  expect_text "$T/err" 'the file system shows it under another name'
  [ -z "$(find "$T/fat" -maxdepth 1 -iname '*case*')" ] || fail "a directory that lacks a file appears"
done
mkdir "$T/fat/mine" && echo mine >"$T/fat/mine/ReadMe.md"
expect_status 6 cache2dir org/case "$T/fat/mine" --from "hf:$T/case"
[ "$(cat "$T/fat/mine/ReadMe.md")" = mine ] || fail "a file of another case was overwritten"
expect_status 0 cache2dir org/case "$T/both" --from "hf:$T/case"
[ "$(cat "$T/both/README.md" "$T/both/readme.md")" = onetwo ] || fail "both names are not here where they could be"
umount "$T/fat"

# Too small a disk, by bytes and by names.
refused=0
for kind in new there; do
  for limit in size={16,256,700,1000,1200}k nr_inodes={2,9,25,40}; do
    mount -t tmpfs -o size=16m,nr_inodes=8192 tmpfs "$T/disk"
    [ "$kind" = new ] || { mkdir "$T/disk/model" && echo mine >"$T/disk/model/mine"; }
    mount -o "remount,$limit" "$T/disk" 2>/dev/null || { umount "$T/disk"; continue; }
    status=0
    cache2dir org/demo "$T/disk/model" --from "hf:$T/hub" >"$T/out" 2>"$T/err" || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "$kind, $limit: ends with $status: $(cat "$T/err")"
    if [ "$status" -eq 3 ]; then
      refused=$((refused + 1))
      grep -qE 'No space left on device|nothing was written' "$T/err" || fail "$kind, $limit: the reason is missing: $(cat "$T/err")"
      expect_text "$T/err" "$T/disk"
      [ "$kind" = there ] || [ ! -e "$T/disk/model" ] || fail "$limit: a part of a directory appears"
      [ ! -e "$T/disk/model/.cache/huggingface/modelcache.json" ] || fail "$kind, $limit: a part is noted as the whole"
    fi
    [ "$kind" = new ] || [ "$(cat "$T/disk/model/mine")" = mine ] || fail "$limit: what was there is not"
    mount -o remount,size=16m,nr_inodes=8192 "$T/disk"
    expect_status 0 cache2dir org/demo "$T/disk/model" --from "hf:$T/hub"
    [ "$kind" = new ] || rm "$T/disk/model/mine"
    expect_status 0 dir2cache "$T/disk/model" --to "hf:$T/back-full"
    [ "$(cat "$T/back-full/models--org--demo/refs/main")" = "$(cat "$T/hub/models--org--demo/refs/main")" ] || fail "$kind, $limit: the next run gives something else"
    [ "$(find "$T/disk" -name '*incomplete*' -o -name modelcache.tmp)" = '' ] || fail "$kind, $limit: staging stays"
    umount "$T/disk"
  done
done
[ "$refused" -ge 8 ] || fail "only $refused runs met a full disk: this proves little"
