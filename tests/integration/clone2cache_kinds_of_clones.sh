#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every kind of clone gives the same cache: bare, mirror, linked worktree, submodule, shallow, pruned, pointers with a partial pull, moved
# LFS storage, packed, with alternates.
. "$(dirname "$0")/lib.sh"

make_clone
clone=$T/repo/clone
clone2cache "$clone" --to "hf:$T/golden" >/dev/null 2>&1 || fail "the plain clone"
"$support/tree_check.py" "$T/golden" || fail "the plain clone gives something unsound"
"$support/tree_check.py" --listing "$T/golden" >"$T/golden.txt"

same() { # NAME CLONE OPTION...
  local name=$1 path=$2
  shift 2
  rm -rf "$T/hub"
  expect_status 0 clone2cache "$path" --to "hf:$T/hub" --repo org/demo "$@"
  "$support/tree_check.py" --listing "$T/hub" >"$T/listing.txt"
  diff "$T/golden.txt" "$T/listing.txt" || fail "$name gives another cache"
}
refused() { # TEXT CLONE OPTION...
  rm -rf "$T/hub"
  expect_status 6 clone2cache "${@:2}" --to "hf:$T/hub" --repo org/demo
  expect_text "$T/err" "$1"
  [ ! -e "$T/hub" ] || fail "something was written"
}

same 'the server itself (bare)' "$T/repo/origin.git" --ref main
git clone -q --mirror "file://$T/repo/origin.git" "$T/mirror.git"
mkdir -p "$T/mirror.git/lfs" && cp -r "$clone/.git/lfs/objects" "$T/mirror.git/lfs/"
same 'a mirror' "$T/mirror.git" --revision main
git -C "$clone" worktree add -q "$T/worktree" main --force --detach
same 'a linked worktree' "$T/worktree" --ref main
git clone -q --depth 1 "file://$T/repo/origin.git" "$T/shallow"
same 'a shallow clone' "$T/shallow"
GIT_LFS_SKIP_SMUDGE=1 git clone -q "file://$T/repo/origin.git" "$T/skipped"
refused 'git lfs fetch brings it' "$T/skipped"
expect_status 0 clone2cache "$T/skipped" --to "hf:$T/hub" --repo org/demo --partial
git -C "$T/skipped" lfs pull --include=model.safetensors
refused '1 content is missing' "$T/skipped"
git -C "$T/skipped" lfs pull
same 'a clone filled later' "$T/skipped"

cp -a "$clone" "$T/pruned" && rm -rf "$T/pruned/.git/lfs"
same 'a clone whose LFS store was pruned' "$T/pruned"
python3 - "$T/pruned/model.safetensors" <<'PY'
import sys
with open(sys.argv[1], "r+b") as file:
    file.write(b"edited")
PY
refused model.safetensors "$T/pruned"
cp -a "$clone" "$T/touched" && find "$T/touched" -exec touch {} + && rm "$T/touched/config.json" && echo edited >"$T/touched/README.md"
same 'a clone with an edited worktree' "$T/touched"
cp -a "$clone" "$T/packed" && git -C "$T/packed" gc -q --aggressive && git -C "$T/packed" pack-refs --all
same 'a packed clone' "$T/packed"
git clone -q --filter=blob:none --no-checkout "file://$T/repo/origin.git" "$T/partial" 2>/dev/null
git -C "$T/repo/origin.git" config uploadpack.allowFilter true
rm -rf "$T/partial" && git clone -q --filter=blob:none --no-checkout "file://$T/repo/origin.git" "$T/partial"
refused 'a partial clone' "$T/partial"

# A submodule.
git init -q "$T/super"
git -C "$T/super" -c protocol.file.allow=always submodule --quiet add "file://$T/repo/origin.git" sub
same 'a submodule' "$T/super/sub"

# lfs.storage: inside as it is, outside by consent.
cp -a "$clone" "$T/storage" && mv "$T/storage/.git/lfs" "$T/storage/.git/elsewhere" && git -C "$T/storage" config lfs.storage elsewhere
rm "$T/storage/model.safetensors"
same 'lfs.storage inside' "$T/storage"
mv "$T/storage/.git/elsewhere" "$T/outside" && git -C "$T/storage" config lfs.storage "$T/outside"
refused "--allow-outside $T/outside" "$T/storage"
same 'lfs.storage outside, allowed' "$T/storage" --allow-outside "$T/outside"

# Alternates: outside by consent, with the LFS objects beside them.
git clone -q --shared "$T/repo/origin.git" "$T/shared" && rm -rf "$T/shared/.git/lfs" "$T/shared/onnx" "$T/shared/model.safetensors"
refused 'objects/info/alternates' "$T/shared"
same 'alternates, allowed' "$T/shared" --allow-outside "$T/repo/origin.git"
# Beneath the clone they need no word.
cp -a "$T/shared" "$T/within" && cp -a "$T/repo/origin.git" "$T/within/.git/server.git"
echo "$T/within/.git/server.git/objects" >"$T/within/.git/objects/info/alternates"
same 'alternates beneath the clone' "$T/within"

# --separate-git-dir gives no proof; the git directory itself can be named.
git clone -q --separate-git-dir "$T/apart.git" "file://$T/repo/origin.git" "$T/apart"
refused "--allow-outside $T/apart.git" "$T/apart"
same 'a separate git directory, named' "$T/apart.git" --ref main

# Refs: a detached HEAD takes the names at its commit; a default branch of another name is also main; local commits are noted.
git -C "$clone" checkout -q --detach origin/main
rm -rf "$T/hub"
expect_status 0 clone2cache "$clone" --to "hf:$T/hub"
[ "$(cd "$T/hub/models--org--demo/refs" && find . -type f | sort | tr '\n' ' ')" = './main ./v1.0 ' ] || fail "refs of a detached HEAD: $(find "$T/hub/models--org--demo/refs")"
git -C "$clone" checkout -q main
git clone -q "file://$T/repo/origin.git" "$T/master" && git -C "$T/master" branch -q -m main master
git -C "$T/master" update-ref -d refs/remotes/origin/main && git -C "$T/master" update-ref refs/remotes/origin/master HEAD
git -C "$T/master" symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/master
rm -rf "$T/hub"
expect_status 0 clone2cache "$T/master" --to "hf:$T/hub" --repo org/demo
expect_text "$T/err" "also published as 'main'"
cmp "$T/hub/models--org--demo/refs/main" "$T/hub/models--org--demo/refs/master" || fail "no refs/main for master"
echo more >>"$T/master/README.md" && git -C "$T/master" commit -qam local
expect_status 0 clone2cache "$T/master" --to "hf:$T/hub" --repo org/demo
expect_text "$T/err" revision_local

# Other methods: hard links share the inode, symbolic links name it, --move frees the store.
rm -rf "$T/hub"
expect_status 0 clone2cache "$clone" --to "hf:$T/hub" --link hardlink
expect_text "$T/err" hard-linked
blob=$(readlink -f "$T/hub/models--org--demo/snapshots/$(cat "$T/hub/models--org--demo/refs/main")/model.safetensors")
[ "$(stat -c %h "$blob")" -eq 2 ] || fail "--link hardlink did not link"
rm -rf "$T/hub"
expect_status 0 clone2cache "$clone" --to "hf:$T/hub" --link symlink
[ -L "$T/hub/models--org--demo/blobs/$(basename "$blob")" ] || fail "--link symlink did not link"
cmp "$clone/model.safetensors" "$T/hub/models--org--demo/snapshots/$(cat "$T/hub/models--org--demo/refs/main")/model.safetensors" || fail "--link symlink leads elsewhere"
expect_status 0 clone2cache "$clone" --to "hf:$T/hub" --link symlink
expect_text "$T/err" 'nothing written'
cp -a "$clone" "$T/moved"
rm -rf "$T/hub"
expect_status 0 clone2cache "$T/moved" --to "hf:$T/hub" --move
expect_text "$T/err" freed
[ "$(find "$T/moved/.git/lfs/objects" -type f | wc -l)" -eq 1 ] || fail "--move: $(find "$T/moved/.git/lfs/objects" -type f)"
"$support/tree_check.py" "$T/hub" || fail "--move gives something unsound"

# What a cache has no place for is named.
rm -rf "$T/hub"
expect_status 0 clone2cache "$clone" --to "hf:$T/hub" --dry-run
expect_text "$T/err" 'no executable bit in a cache: run.sh'
expect_text "$T/err" '13 written for 15 names, 0 already there'

# Patterns, and what they leave out.
rm -rf "$T/hub"
expect_status 0 clone2cache "$clone" --to "hf:$T/hub" --include '*.json' --exclude 'tokenizer*'
[ "$(ls "$T/hub/models--org--demo/blobs" | wc -l)" -eq 1 ] || fail "--include and --exclude: $(ls "$T/hub/models--org--demo/blobs")"
