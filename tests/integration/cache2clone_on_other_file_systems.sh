#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where the file system can share blocks, a clone takes none of its own for large files, in the LFS store or the worktree; on one without
# links it is sound all the same; what a file system cannot have is refused by name, and nothing is left.
#
# The mounts are made in a namespace of their own, so that they end with this script.
[ -n "${MODELCACHE_OWN_MOUNTS:-}" ] || exec env MODELCACHE_OWN_MOUNTS=1 unshare --mount bash "$0"
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this test needs root, to mount file systems"
need mkfs.xfs
need strace

mkdir "$T/xfs"
truncate -s 512M "$T/xfs.image"
mkfs.xfs -q -m reflink=1 "$T/xfs.image"
mount -o loop "$T/xfs.image" "$T/xfs"
MAKE_CLONE_LFS_KIB=8192 make_clone
git -C "$T/repo/clone" config user.name x
(cd "$T/repo/clone" && git checkout -q -b links && ln -s config.json near && git add near && git commit -qm link &&
  printf x >Config.json && git checkout -q -b cases && git add Config.json && git commit -qm cases && git checkout -q main) >/dev/null
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/xfs/hub"
for branch in links cases; do expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/xfs/hub" --revision "$branch" --ref "$branch"; done
free_kib() {
  sync -f "$T/xfs"
  stat -f -c '%f %S' "$T/xfs" | awk '{ printf "%d\n", $1 * $2 / 1024 }'
}
# made NAME KIB_AT_LEAST KIB_AT_MOST OPTION...: a clone on xfs, and what it took. There are two large contents of 8 MiB under three names.
made() {
  local name=$1 least=$2 most=$3 before taken
  shift 3
  before=$(free_kib)
  expect_status 0 cache2clone org/demo "$T/xfs/$name" --from "hf:$T/xfs/hub" "$@"
  taken=$((before - $(free_kib)))
  [ "$taken" -ge "$least" ] && [ "$taken" -le "$most" ] || fail "$name: it took $taken KiB, not $least to $most"
  "$support/clone_check.sh" "$T/xfs/$name" || fail "$name is not sound"
}
made auto 0 2048
made reflink 0 2048 --link reflink
made hardlink 0 2048 --link hardlink
made pointers 0 2048 --worktree pointers
made copy 40000 50000 --link copy
made copied-pointers 16384 20000 --link copy --worktree pointers
# An edit in place of a worktree file reaches neither the LFS store nor the cache.
printf 'damaged' | dd of="$T/xfs/hardlink/model.safetensors" conv=notrunc status=none
git -C "$T/xfs/hardlink" lfs fsck --objects >"$T/out" 2>&1 || fail "an edit reached the LFS store: $(cat "$T/out")"
"$support/tree_check.py" "$T/xfs/hub" || fail "an edit reached the cache"
# A demanded way that cannot be had.
expect_status 3 cache2clone org/demo "$T/elsewhere" --from "hf:$T/xfs/hub" --link reflink
expect_text "$T/err" 'cannot reflink'
[ ! -e "$T/elsewhere" ] && [ -z "$(find "$T" -maxdepth 1 -name '*.modelcache-incomplete')" ] || fail "something stays of a clone that could not be"

# A file system without links, and one that takes two names of the commit for one, as the kernel answers there.
answering() { # CALL ERROR WHEN REVISION
  strace -f -qq -o "$T/trace" -e trace="$1" -e inject="$1:error=$2:when=$3" cache2clone "org/demo@$4" "$T/odd" --from "hf:$T/xfs/hub" -j1
}
expect_status 0 answering symlinkat EPERM 1+ links
"$support/clone_check.sh" "$T/odd" || fail "the clone without links is not sound"
[ "$(git -C "$T/odd" rev-parse HEAD)" = "$(git -C "$T/repo/clone" rev-parse links)" ] || fail "the clone without links has another commit"
[ "$(git -C "$T/odd" config core.symlinks)" = false ] || fail "git expects links"
[ ! -L "$T/odd/near" ] && [ "$(cat "$T/odd/near")" = config.json ] || fail "a link without links is $(cat "$T/odd/near")"
rm -r "$T/odd"
expect_status 6 answering renameat2 EEXIST 3 cases
expect_text "$T/err" 'another file of the commit has this name on this file system'
[ ! -e "$T/odd" ] && [ -z "$(find "$T" -maxdepth 1 -name '*.modelcache-incomplete')" ] || fail "something stays of a clone that could not be"
umount "$T/xfs"
