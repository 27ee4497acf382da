#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever a directory came from, dir2cache names each file as the hub does, by git and git-lfs: smudged clones, directories made by hand,
# changed files, times and modes that were lost on the way; and says which rule it went by.
. "$(dirname "$0")/lib.sh"

MAKE_CLONE_ODD_NAMES=yes make_clone
clone=$T/repo/clone
expect_status 0 clone2cache "$clone" --to "hf:$T/golden"
golden=$T/golden/models--org--demo
cp -a "$clone" "$T/dir" && rm -rf "$T/dir/.git"

# convert NAME ARGUMENT...: $commit and $made are what came of it; the second run writes nothing.
convert() {
  expect_status 0 dir2cache "$T/dir" --repo org/demo --to "hf:$T/hub-$1" "${@:2}"
  cp "$T/err" "$T/said"
  made=$T/hub-$1/models--org--demo
  commit=$(cat "$made/refs/main")
  [ "$(cat "$T/out")" = "$made/snapshots/$commit" ] || fail "stdout is $(cat "$T/out")"
  "$support/tree_check.py" "$T/hub-$1" || fail "$1: the cache is not sound"
  listing "$T/hub-$1" >"$T/before"
  expect_status 0 dir2cache "$T/dir" --repo org/demo --to "hf:$T/hub-$1" "${@:2}"
  expect_text "$T/err" 'nothing written'
  listing "$T/hub-$1" | diff "$T/before" - || fail "$1: a second run writes"
}
same_contents() {
  diff -r "$golden/blobs" "$made/blobs" || fail "$1: other contents or names"
}
listed() { cat "$1/trees"/*.json; }

# A smudged clone without its .git is what git says of it.
convert smudged
same_contents smudged
[ "$commit" = "$(git -C "$clone" rev-parse 'HEAD^{tree}')" ] || fail "$commit is not git's tree id"
diff <(listed "$golden") <(listed "$made") || fail "the listing is not git's"
expect_text "$T/said" 'large, since .gitattributes says so'
expect_text "$T/said" 'the id of their git tree stands for it'

# Without .gitattributes the hub's rule decides; a commit that is told is taken, and no listing is claimed for it.
mv "$T/dir/.gitattributes" "$T/attributes"
convert by-rule --revision "$(printf '1%.0s' {1..40})"
[ "$commit" = "$(printf '1%.0s' {1..40})" ] || fail "--revision was not taken"
[ ! -e "$made/trees" ] || fail "a listing is claimed for a commit that nobody listed"
expect_text "$T/said" "large, since the hub's default attributes say so"
[ -e "$made/blobs/$(sha256sum <"$T/dir/model.safetensors" | cut -c 1-64)" ] || fail "the hub's rule has no safetensors"
truncate -s 11M "$T/dir/big.unknown"
convert by-size
expect_text "$T/said" '1 large, since it is over 10 MiB'
rm "$T/dir/big.unknown"

# A manifest beats both, in any form, and is no part of the directory.
(cd "$T/dir" && sha256sum config.json) >"$T/dir/list"
convert by-manifest --manifest "$T/dir/list"
[ -e "$made/blobs/$(sha256sum <"$T/dir/config.json" | cut -c 1-64)" ] || fail "the manifest was not followed"
[ ! -e "$made/snapshots/$commit/list" ] || fail "the manifest became a file of the repo"
rm "$T/dir/list"
mv "$T/attributes" "$T/dir/.gitattributes"
git -C "$clone" ls-tree -r -z HEAD | python3 -c '
import json, subprocess, sys
items = []
for record in sys.stdin.buffer.read().split(b"\0")[:-1]:
    head, path = record.split(b"\t", 1)
    oid = head.split()[2].decode()
    text = subprocess.run(["git", "-C", sys.argv[1], "cat-file", "blob", oid], capture_output=True).stdout
    item = {"type": "file", "path": path.decode(), "oid": oid, "size": len(text)}
    if text.startswith(b"version https://git-lfs"):
        words = text.split()
        item["size"] = int(words[-1])
        item["lfs"] = {"oid": words[3].decode().removeprefix("sha256:"), "size": item["size"]}
    items.append(item)
json.dump(items, sys.stdout)' "$clone" >"$T/hub-listing.json"
convert hub-listing --manifest "$T/hub-listing.json"
same_contents hub-listing
expect_no_text "$T/said" large_decided

# Notes of a client, then a change: the changed file has another name, the others keep theirs, the commit goes.
head=$(git -C "$clone" rev-parse HEAD)
notes=$T/dir/.cache/huggingface
python3 - "$T/dir" "$golden" "$head" <<'PY'
import json, os, shutil, sys, time
root, golden, commit = sys.argv[1:]
listing = f"{golden}/trees/{commit}.json"
os.makedirs(f"{root}/.cache/huggingface/trees")
shutil.copy(listing, f"{root}/.cache/huggingface/trees")
for path, file in json.load(open(listing))["files"].items():
    name = f"{root}/.cache/huggingface/download/{path}.metadata"
    os.makedirs(os.path.dirname(name), exist_ok=True)
    open(name, "w").write(f"{commit}\n{file.get('lfs_sha256') or file['blob_id']}\n{time.time()}\n")
PY
convert noted
[ "$commit" = "$head" ] || fail "the noted commit was not kept"
diff <(listed "$golden") <(listed "$made") || fail "the listing is not the noted one"
strace -f -qq -e trace=openat,openat2 -o "$T/trace" dir2cache "$T/dir" --repo org/demo --to "hf:$T/hub-noted" >"$T/out" 2>&1
expect_no_text "$T/trace" '"model.safetensors"'
find "$T/dir" -type f ! -path '*/.cache/*' -exec touch {} +
convert touched
[ "$commit" = "$head" ] || fail "times that were lost cost the commit"
same_contents touched
# At once, so within the second that the client forgives; and of the same size.
expect_status 0 dir2cache "$T/dir" --repo org/demo --to "hf:$T/hub-before"
for file in "$notes"/download/*.metadata; do sed -i "3s/.*/$(date +%s.%N)/" "$file"; done
printf 'Z' | dd of="$T/dir/model.safetensors" bs=1 conv=notrunc status=none
convert changed
[ "$commit" != "$head" ] || fail "a changed directory keeps its commit"
expect_text "$T/said" 'index_revision: model.safetensors'
[ -e "$made/blobs/$(sha256sum <"$T/dir/model.safetensors" | cut -c 1-64)" ] || fail "the change is not there"
[ -L "$made/snapshots/$commit/config.json" ] || fail "the unchanged files are missing"
cp "$clone/model.safetensors" "$T/dir/model.safetensors"
convert restored
[ "$commit" = "$head" ] || fail "a restored directory is not its commit again"

# A file that a client knows nothing of makes it another commit, too.
echo mine >"$T/dir/local.txt"
convert added
[ "$commit" != "$head" ] || fail "an added file is taken for one of the commit"
rm "$T/dir/local.txt"

# A content that is not what the notes say and shows it in no other way is refused when it is read.
stat -c %y "$T/dir/model.safetensors" >"$T/time"
printf 'Z' | dd of="$T/dir/model.safetensors" bs=1 conv=notrunc status=none
touch -d "$(cat "$T/time")" "$T/dir/model.safetensors"
touch -d '2000-01-01' "$T/dir/model.safetensors"
expect_status 6 dir2cache "$T/dir" --repo org/demo --to "hf:$T/hub-lying"
expect_text "$T/err" 'model.safetensors'
expect_text "$T/err" 'its content is sha256:'
[ -z "$(ls -A "$T/hub-lying/models--org--demo/snapshots")" ] || fail "a snapshot of a lying directory appears"
[ -z "$(find "$T/hub-lying" -name '*.incomplete' -o -name tmp)" ] || fail "a temporary stays"
