#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where the file system can share blocks, clone2cache copies no byte of a large file, and what it shares is still proved and stays apart;
# a demanded way is the way taken, or the run ends with 3 before it copies.
#
# The mounts are made in a namespace of their own, so that they end with this script.
[ -n "${MODELCACHE_OWN_MOUNTS:-}" ] || exec env MODELCACHE_OWN_MOUNTS=1 unshare --mount bash "$0"
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to mount file systems"
need mkfs.xfs
need mkfs.ext4
need filefrag

mkdir "$T/xfs" "$T/ext4" "$T/tmpfs" "$T/overlay"
truncate -s 512M "$T/xfs.image"
mkfs.xfs -q -m reflink=1 "$T/xfs.image"
mount -o loop "$T/xfs.image" "$T/xfs"
MAKE_CLONE_LFS_KIB=8192 "$support/make_clone.sh" "$T/xfs/repo"
clone=$T/xfs/repo/clone

large_blobs() { find "$1/models--org--demo/blobs" -type f -name '????????????????????????????????????????????????????????????????'; }
extents() { # FILE: where its blocks are, and whether others use them too
  sync -f "$1"
  filefrag -v "$1" | awk -F '[: .]+' '/^ +[0-9]+:/ { print $3, $4, $5, $6, /shared/ ? "shared" : "own" }'
}
free_kib() {
  sync -f "$1"
  stat -f -c '%f %S' "$1" | awk '{ printf "%d\n", $1 * $2 / 1024 }'
}
store_object() { # BLOB: the clone's own copy of it
  local name
  name=$(basename "$1")
  echo "$clone/.git/lfs/objects/${name:0:2}/${name:2:2}/$name"
}
methods() { # the ways in which large files came, in the run that printed $T/out
  python3 - "$T/out" <<'PY'
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
print(*sorted({r["method"] for r in records if r["record"] == "entry" and r["action"] == "write" and r["digest"].startswith("sha256:")}))
PY
}

# expect_sharing NAME shared|own METHOD OPTION...: converts into NAME; its large blobs share all blocks with the clone's, or none.
expect_sharing() {
  local name=$1 wanted=$2 method=$3 hub=$T/xfs/$1 before taken blob
  shift 3
  before=$(free_kib "$T/xfs")
  expect_status 0 clone2cache "$clone" --to "hf:$hub" --json "$@"
  [ "$(methods)" = "$method" ] || fail "$name: the large files came by $(methods), not by $method"
  taken=$((before - $(free_kib "$T/xfs")))
  [ "$(large_blobs "$hub" | wc -l)" -eq 2 ] || fail "$name: there are not two large blobs"
  while read -r blob; do
    [ -n "$(extents "$blob")" ] || fail "$name: the extents of $blob cannot be read"
    if [ "$wanted" = shared ]; then
      [ "$(extents "$blob")" = "$(extents "$(store_object "$blob")")" ] || fail "$name: $blob has other blocks than the clone's object"
      ! extents "$blob" | grep -q own || [ "$method" = hardlink ] || fail "$name: $blob has blocks of its own"
    else
      ! extents "$blob" | grep -q shared || fail "$name: $blob shares blocks"
    fi
  done < <(large_blobs "$hub")
  if [ "$wanted" = shared ]; then
    [ "$taken" -lt 2048 ] || fail "$name: $taken KiB were taken although nothing large had to be"
  else
    [ "$taken" -ge 16384 ] || fail "$name: only $taken KiB were taken by two copies of 8 MiB"
  fi
  "$support/tree_check.py" "$hub" || fail "$name: something unsound"
}

expect_sharing auto shared reflink
expect_sharing auto-size shared reflink --verify size
expect_sharing reflink shared reflink --link reflink
expect_sharing hardlink shared hardlink --link hardlink
expect_sharing copy own copy --link copy
expect_sharing copy-size own copy --link copy --verify size
while read -r blob; do
  [ "$blob" -ef "$(store_object "$blob")" ] || fail "$blob is no hard link of the clone's object"
done < <(large_blobs "$T/xfs/hardlink")

listing "$T/xfs/auto" >"$T/before"
free=$(free_kib "$T/xfs")
expect_status 0 clone2cache "$clone" --to "hf:$T/xfs/auto"
listing "$T/xfs/auto" | diff "$T/before" - || fail "the second run changed something"
[ "$(free_kib "$T/xfs")" -eq "$free" ] || fail "the second run took space"

# What happens to the clone later does not reach a shared content.
blob=$(large_blobs "$T/xfs/auto" | head -n 1)
rm -r "$T/xfs/hardlink"
chmod u+w "$(store_object "$blob")"
printf 'damaged' | dd of="$(store_object "$blob")" conv=notrunc status=none
"$support/tree_check.py" "$T/xfs/auto" || fail "a change in the clone reached the cache"
# And a damaged object is refused, though sharing it reads nothing.
find "$clone" -path "$clone/.git" -prune -o -type f -size +1M -print0 | xargs -0 rm -f
expect_status 6 clone2cache "$clone" --to "hf:$T/xfs/damaged" --link reflink
expect_text "$T/err" "not sha256:$(basename "$blob")"
[ ! -e "$T/xfs/damaged/models--org--demo/blobs/$(basename "$blob")" ] || fail "a damaged content was published"
[ -z "$(find "$T/xfs/damaged" -name '*.incomplete')" ] || fail "a temporary stays"

# File systems without shared blocks, and two that are not one.
truncate -s 128M "$T/ext4.image"
mkfs.ext4 -q "$T/ext4.image"
mount -o loop "$T/ext4.image" "$T/ext4"
mount -t tmpfs -o size=256m tmpfs "$T/tmpfs"
mkdir "$T/ext4/upper" "$T/ext4/work" "$T/ext4/lower"
mount -t overlay -o "lowerdir=$T/ext4/lower,upperdir=$T/ext4/upper,workdir=$T/ext4/work" overlay "$T/overlay"
MAKE_CLONE_LFS_KIB=2048 make_clone
refused() { # CLONE HUB TEXT
  expect_status 3 clone2cache "$1" --to "hf:$2" --link reflink
  expect_text "$T/err" "cannot reflink '$1/.git/lfs/objects/"
  expect_text "$T/err" "$3"
  [ -z "$(large_blobs "$2")" ] || fail "$2: a large blob was published"
  [ -z "$(find "$2" -name '*.incomplete')" ] || fail "$2: a temporary stays"
  expect_status 0 clone2cache "$1" --to "hf:$2"
  "$support/tree_check.py" "$2" || fail "$2: something unsound"
}
for kind in ext4 tmpfs overlay; do
  mountpoint -q "$T/$kind" || fail "$T/$kind is not mounted"
  cp -r "$T/repo/clone" "$T/$kind/clone"
  refused "$T/$kind/clone" "$T/$kind/hub" 'the file system cannot share its blocks'
  refused "$T/$kind/clone" "$T/xfs/from-$kind" 'it is on another file system'
done

for kind in overlay tmpfs ext4 xfs; do umount "$T/$kind"; done
