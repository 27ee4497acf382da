#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What verify-sha mended the real clients take for their own, without one byte from their servers; what it moved into a quarantine, and
# nothing else, they download again. huggingface_hub with a cache and a local_dir, git and git-lfs, aistudio-sdk, modelscope.
. "$(dirname "$0")/lib.sh"
. "$support/sdk.sh"

make_clone
python3 "$support/expected_listing.py" "$T/repo/origin.git" main dev v1.0 refs/pr/1 >"$T/expected.json"
start_hub --repo "model:org/demo=$T/repo/origin.git" --page 7
export HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1
repo=models--org--demo
flip() { chmod u+w "$1" && printf x | dd of="$1" bs=1 seek="${2:-1}" conv=notrunc status=none; }
fill() { HF_ENDPOINT=$hub "$clients/hf2/bin/python" "$top/tests/clients/fill_cache.py" "$1" org/demo; }
size_of() { stat -Lc %s "$1"; }

fill "$T/hub"
clone2cache "$T/repo/clone" --all-refs --to "hf:$T/ours" >/dev/null 2>&1
commit=$(cat "$T/hub/$repo/refs/main")
snapshot=$T/hub/$repo/snapshots/$commit
large=$(readlink -f "$snapshot/model.safetensors")

# A hub cache: a bad content, one that is gone, a link that is gone, one that leads elsewhere.
flip "$large" 1000
rm "$(readlink -f "$snapshot/config.json")" "$snapshot/vocab.txt"
ln -sfn "$(readlink "$snapshot/README.md")" "$snapshot/tokenizer_config.json"
cp -a "$T/hub" "$T/damaged"
! accepts hf2 "$T/damaged" org/demo || fail "the client accepts the damage: this proves nothing"
expect_status 1 verify-sha "hf:$T/hub"
expect_status 0 verify-sha "hf:$T/hub" --repair-from "hf:$T/ours"
cp -a "$T/hub" "$T/mended"
accepts hf2 "$T/mended" org/demo || fail "the client refuses what was mended: $(cat "$T/err")"
before=$(body_bytes)
fill "$T/hub"
[ "$(body_bytes)" = "$before" ] || fail "the client downloads what was mended"

# The bad content goes; only it comes again.
flip "$large" 1000
expect_status 1 verify-sha "hf:$T/hub" --quarantine "$T/aside"
expect_text "$T/out" "moved to $T/aside/$repo/blobs/"
[ ! -e "$large" ] && [ -f "$T/aside/$repo/blobs/$(basename "$large")" ] || fail "the bad content was not moved"
before=$(body_bytes)
fill "$T/hub"
[ "$(($(body_bytes) - before))" -eq "$(size_of "$large")" ] || fail "the client downloads $(($(body_bytes) - before)) bytes"
expect_status 0 verify-sha "hf:$T/hub"

# While the client downloads the content it is left to it; who waits for the client finds it done.
rm "$large"
start_hub --repo "model:org/demo=$T/repo/origin.git" --gate "$T/gate"
HF_ENDPOINT=$hub "$clients/hf2/bin/python" -c '
import sys, huggingface_hub
huggingface_hub.hf_hub_download("org/demo", "model.safetensors", cache_dir=sys.argv[1])' "$T/hub" >"$T/client.out" 2>&1 &
client=$!
lock=$T/hub/.locks/$repo/$(basename "$large").lock
for _ in $(seq 600); do
  if [ -e "$lock" ] && ! flock -n "$lock" true; then break; fi
  sleep 0.05
done
expect_status 5 verify-sha "hf:$T/hub" --repair-from "hf:$T/ours" --wait 0s
[ ! -e "$large" ] || fail "a content was put in place that a client is downloading"
verify-sha "hf:$T/hub" --repair-from "hf:$T/ours" --wait 60s --json >"$T/waited" 2>&1 &
ours=$!
sleep 1
kill -0 "$ours" || fail "it did not wait: $(cat "$T/waited")"
touch "$T/gate"
wait "$client" || fail "the client fails: $(cat "$T/client.out")"
wait "$ours" || fail "who waited ended with $?: $(cat "$T/waited")"
expect_text "$T/waited" '"method":"none"'
expect_status 0 verify-sha "hf:$T/hub"
start_hub --repo "model:org/demo=$T/repo/origin.git" --page 7

# A directory that the client downloaded into.
download() {
  HF_ENDPOINT=$hub "$clients/hf2/bin/python" -c \
    'import sys, huggingface_hub; huggingface_hub.snapshot_download("org/demo", local_dir=sys.argv[1])' "$T/dir" >/dev/null
}
download
flip "$T/dir/model.safetensors" 1000
flip "$T/dir/config.json"
rm "$T/dir/vocab.txt"
expect_status 0 verify-sha "dir:$T/dir" --repair-from "clone:$T/repo/clone"
before=$(body_bytes)
download
[ "$(body_bytes)" = "$before" ] || fail "the client downloads what was mended in a directory"
flip "$T/dir/config.json"
touch "$T/dir/config.json"
expect_status 1 verify-sha "dir:$T/dir" --quarantine "$T/aside"
before=$(body_bytes)
download
[ "$(($(body_bytes) - before))" -eq "$(size_of "$T/dir/config.json")" ] || fail "not the moved file alone comes again"
cmp "$T/dir/config.json" "$snapshot/config.json" || fail "the client keeps something else"

# A clone: objects and files of the worktree, one of them executable.
git clone -q "file://$T/repo/origin.git" "$T/clone"
[ -z "$(git -C "$T/clone" status --porcelain)" ] || fail "a new clone is not clean"
oid=$(git -C "$T/clone" lfs ls-files -l -I model.safetensors | cut -c1-64)
object=$T/clone/.git/lfs/objects/${oid:0:2}/${oid:2:2}/$oid
# A clone over file:// shares its objects with the server.
cp "$object" "$object.own" && mv -f "$object.own" "$object"
mode=$(stat -c %a "$T/clone/run.sh")
flip "$object" 1000
flip "$T/clone/model.safetensors" 1000
flip "$T/clone/run.sh"
rm "$T/clone/config.json"
! git -C "$T/clone" lfs fsck >/dev/null 2>&1 || fail "git lfs fsck finds nothing: this proves nothing"
mv "$T/clone/.git/lfs/bad" "$T/bad" 2>/dev/null || true
expect_status 0 verify-sha "clone:$T/clone" --repair-from "hf:$T/ours"
[ -z "$(git -C "$T/clone" status --porcelain)" ] || fail "git status: $(git -C "$T/clone" status --porcelain)"
git -C "$T/clone" lfs fsck >"$T/out" 2>&1 || fail "git lfs fsck: $(cat "$T/out")"
git -C "$T/clone" diff --quiet HEAD || fail "git diff tells a difference"
[ "$(stat -c %a "$T/clone/run.sh")" = "$mode" ] || fail "run.sh lost its mode"
flip "$object" 1000
expect_status 1 verify-sha "clone:$T/clone" --quarantine "$T/aside"
[ ! -e "$object" ] || fail "the bad object is still there"
git -C "$T/clone" lfs pull >/dev/null 2>&1
expect_status 0 verify-sha "clone:$T/clone"

# A clone without its large files gets them; git, which compares sizes first, is told as the note says.
GIT_LFS_SKIP_SMUDGE=1 git clone -q "file://$T/repo/origin.git" "$T/pointers"
expect_status 0 verify-sha "clone:$T/pointers" --repair-from "hf:$T/ours"
expect_text "$T/err" "git add -u"
git -C "$T/pointers" add -u
[ -z "$(git -C "$T/pointers" status --porcelain)" ] || fail "git add -u stages something: $(git -C "$T/pointers" status --porcelain)"
git -C "$T/pointers" lfs fsck >"$T/out" 2>&1 || fail "git lfs fsck: $(cat "$T/out")"

# The SDKs. Neither ModelScope's index nor its newer layout tells a hash, so a list of them does.
serve_sample demo
clone_served demo
clone2cache "$T/demo" --repo org/demo --to "hf:$T/source" >/dev/null 2>&1
for client in "${sdk_clients[@]}"; do
  start_mock "$client"
  sdk_fills "$client" org/demo --cache "$T/$client" || fail "$client does not download: $(cat "$T/$client.out")"
  folder=$(sdk_folder "$client" "$T/$client" model org/demo master)
  place=modelscope:$T/$client manifest=()
  [ "$client" != studio ] || place=aistudio:$T/$client
  if [ "$client" != studio ]; then
    expect_status 0 verify-sha "$place" --write-manifest "$T/$client.json"
    manifest=(--manifest "$T/$client.json")
  fi
  big=$(cd "$folder" && find . -type f -not -path '*/.*' -printf '%s %P\n' | sort -rn | head -n 1 | cut -d ' ' -f 2-)
  small=$(cd "$folder" && find . -type f -name '*.json' -printf '%P\n' | sort | head -n 1)
  flip "$folder/$big" 100
  rm "$folder/$small"
  expect_status 0 verify-sha "$place" "${manifest[@]}" --repair-from "hf:$T/source"
  expect_text "$T/out" '2 restored'
  cp -a "$T/$client" "$T/$client-copy"
  sdk_accepts "$client" org/demo --cache "$T/$client-copy" || fail "$client refuses what was mended: $(cat "$T/$client.out")"
  flip "$folder/$big" 100
  expect_status 1 verify-sha "$place" "${manifest[@]}" --quarantine "$T/aside-$client"
  [ ! -e "$folder/$big" ] || fail "$big was not moved"
  sdk_accepts "$client" org/demo --cache "$T/$client" --changed "$big" || fail "$client does not fetch $big again: $(cat "$T/$client.out")"
  expect_status 0 verify-sha "$place" "${manifest[@]}"
done
