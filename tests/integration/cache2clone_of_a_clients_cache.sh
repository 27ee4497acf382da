#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A cache that the real clients filled, with links, without, and with the shared store, gives a sound clone: of one commit that stands
# for the hub's, with the hub's tree where no mode was lost, and with commands that put the hub's commit in its place.
. "$(dirname "$0")/lib.sh"

MAKE_CLONE_ODD_NAMES=yes make_clone
origin=$T/repo/origin.git
"$clients/hf2/bin/python" "$top/tests/clients/make_xet.py" "$T/cas" "$T/xet.json" "$origin" || fail "hf_xet cannot fill its store"
export HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1
fill() { # CLIENT CACHE
  HF_ENDPOINT=$hub "$clients/$1/bin/python" "$top/tests/clients/fill_cache.py" "$2" org/demo >"$T/out" 2>&1 || fail "$1 downloads nothing: $(cat "$T/out")"
}
start_hub --repo "model:org/demo=$origin" --xet-cas "$T/cas" --xet-map "$T/xet.json"
fill hf2 "$T/shared"
[ -n "$(find "$T/shared/blobs" -type f -size 300k)" ] || fail "the client used no shared store: this proves nothing"
start_hub --repo "model:org/demo=$origin"
for client in hf2 hf0; do fill "$client" "$T/$client"; done
HF_HUB_DISABLE_SYMLINKS=1 fill hf2 "$T/plain"

main=$(git -C "$origin" rev-parse main)
# The modes that a client keeps nowhere are all that is lost.
git -C "$origin" ls-tree -r main | sed 's/^100755/100644/' >"$T/wanted"
for cache in hf2 hf0 plain shared; do
  listing "$T/$cache" >"$T/before"
  for files in files pointers; do
    rm -rf "$T/made"
    expect_status 0 cache2clone org/demo "$T/made" --from "hf:$T/$cache" --worktree "$files" --remote "file://$origin"
    expect_text "$T/err" "one commit without history"
    expect_text "$T/err" "instead of $main"
    expect_text "$T/err" 'nothing tells which files are executable'
    "$support/clone_check.sh" "$T/made" || fail "the clone of $cache is not sound"
    git -C "$T/made" ls-tree -r HEAD >"$T/there"
    diff "$T/wanted" "$T/there" || fail "$cache: the tree is another one"
    [ "$(git -C "$T/made" lfs ls-files -l -n)" = "$(git -C "$T/repo/clone" lfs ls-files -l -n)" ] || fail "$cache: git lfs ls-files differs"
    [ -z "$(git -C "$T/made" for-each-ref refs/remotes)" ] || fail "a commit that the hub does not know is said to be there"
    [ "$(git -C "$T/made" rev-list --count HEAD)" = 1 ] || fail "$cache: there is a history"
    git -C "$T/made" log -1 --format=%B | grep -q "model/org/demo at $main" || fail "the commit does not tell what it stands for"
  done
  cp "$T/err" "$T/err-$cache"
  listing "$T/$cache" >"$T/after"
  diff "$T/before" "$T/after" || fail "$cache was changed"
done
# Whether there is a listing is told.
expect_text "$T/err-hf0" 'nothing tells whether these are all files'
expect_no_text "$T/err-hf2" 'nothing tells whether these are all files'

# Equal caches give equal clones.
expect_status 0 cache2clone org/demo "$T/other" --from "hf:$T/hf2" --remote "file://$origin"
[ "$(git -C "$T/other" rev-parse HEAD)" = "$(git -C "$T/made" rev-parse HEAD)" ] || fail "the same files give two commits"

# The commands that are printed work as they are, word by word.
attach=$(sed -n 's/.*in its place: \(.*\); then \(.*\) for all of its history$/\1 \&\& \2/p' "$T/err")
[ -n "$attach" ] || fail "no commands are printed: $(cat "$T/err")"
bash -c "$attach" >"$T/out" 2>&1 || fail "'$attach' fails: $(cat "$T/out")"
[ "$(git -C "$T/other" rev-parse HEAD)" = "$main" ] || fail "the hub's commit is not in its place"
[ "$(git -C "$T/other" diff HEAD --raw | awk '{ print $1, $2, $NF }')" = ':100755 100644 run.sh' ] || fail "more than a mode differs: $(git -C "$T/other" diff HEAD --raw)"
git -C "$T/other" checkout -q HEAD -- run.sh
[ -z "$(git -C "$T/other" status --porcelain)" ] || fail "git status: $(git -C "$T/other" status --porcelain)"
[ -x "$T/other/run.sh" ] || fail "git does not bring the mode"
[ "$(git -C "$T/other" rev-list --count HEAD)" = "$(git -C "$origin" rev-list --count main)" ] || fail "the history is not whole"
git -C "$T/other" pull -q --ff-only >"$T/out" 2>&1 || fail "git pull after that: $(cat "$T/out")"

# A client's revision of which some files were never asked for: without a .gitattributes git still takes large files for what they are.
HF_ENDPOINT=$hub "$clients/hf2/bin/python" - "$T/some" <<'PY' >"$T/out" 2>&1 || fail "no download: $(cat "$T/out")"
import sys, huggingface_hub
huggingface_hub.snapshot_download("org/demo", cache_dir=sys.argv[1], allow_patterns=["config.json", "onnx/*", "*.safetensors"])
PY
expect_status 6 cache2clone org/demo "$T/partial" --from "hf:$T/some"
expect_text "$T/err" '--partial'
[ ! -e "$T/partial" ] || fail "something was made of a refused revision"
expect_status 0 cache2clone org/demo "$T/partial" --from "hf:$T/some" --partial
expect_text "$T/err" 'not in the clone'
"$support/clone_check.sh" "$T/partial" || fail "the clone of some files is not sound"
[ ! -e "$T/partial/.gitattributes" ] || fail "there is a .gitattributes: this proves nothing"
touch "$T/partial/model.safetensors" "$T/partial/onnx"/*
[ -z "$(git -C "$T/partial" status --porcelain)" ] || fail "a large file without .gitattributes is changed: $(git -C "$T/partial" status --porcelain)"
[ "$(git -C "$T/partial" check-attr filter model.safetensors)" = 'model.safetensors: filter: lfs' ] || fail "git takes a large file for a regular one"
