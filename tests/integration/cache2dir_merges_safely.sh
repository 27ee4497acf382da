#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Into a directory that is there, cache2dir brings what lacks: an equal file stays to the inode, one that differs is never overwritten
# without --replace, and what else is there is nobody's business.
. "$(dirname "$0")/lib.sh"

make_clone
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs
dir=$T/dir
files() { (cd "$1" && find . -type f ! -path './.cache/*' -printf '%p %m %s %T@ %i\n' | sort); }

mkdir -p "$dir/onnx" "$dir/sub"
cp "$T/repo/clone/config.json" "$T/repo/clone/model.safetensors" "$dir"
cp "$T/repo/clone/onnx/same-content.bin" "$dir/onnx"
echo mine >"$dir/README.md"
echo mine >"$dir/sub/notes.txt"
chmod 600 "$dir/config.json"
files "$dir" >"$T/before"

# A dry run tells all of it and writes nothing.
listing "$dir" >"$T/listed"
expect_status 1 cache2dir org/demo "$dir" --from "hf:$T/hub" --dry-run --json
listing "$dir" | diff "$T/listed" - || fail "a dry run writes"
grep -E '"record":"(entry|result)"' "$T/out" >"$T/plan"

expect_status 1 cache2dir org/demo "$dir" --from "hf:$T/hub" --json
grep -E '"record":"(entry|result)"' "$T/out" | diff "$T/plan" - || fail "a dry run shows other steps"
python3 - "$T/out" <<'PY' || fail "the records do not say what was done"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
actions = {r["path"]: r["action"] for r in records if r["record"] == "entry"}
assert actions["config.json"] == actions["model.safetensors"] == actions["onnx/same-content.bin"] == "reuse", actions
assert actions["README.md"] == "skip" and actions["vocab.txt"] == "write", actions
findings = [r for r in records if r["record"] == "finding"]
assert [(f["code"], f["severity"], f["path"]) for f in findings] == [("stray_entry", "error", "README.md")], findings
assert records[-1]["status"] == 1, records[-1]
PY
files "$dir" >"$T/after"
[ -z "$(comm -23 "$T/before" "$T/after")" ] || fail "something that was there has changed: $(comm -23 "$T/before" "$T/after")"
cmp "$dir/vocab.txt" "$T/repo/clone/vocab.txt" || fail "what lacked did not come"
[ ! -e "$dir/.cache/huggingface/download/README.md.metadata" ] || fail "a file that was kept is noted as what it is not"
[ -z "$(find "$dir" -name 'modelcache.tmp' -o -name '*.incomplete')" ] || fail "staging stays"
# dir2cache sees that this is not the commit.
expect_status 0 dir2cache "$dir" --to "hf:$T/other"
[ "$(cat "$T/other/models--org--demo/refs/main")" != "$(cat "$T/hub/models--org--demo/refs/main")" ] || fail "a merged directory is taken for the commit"

# Once more: nothing new, the same answer, and the way out is named.
listing "$dir" >"$T/listed"
expect_status 1 cache2dir org/demo "$dir" --from "hf:$T/hub"
expect_text "$T/err" 'error: stray_entry: README.md'
expect_text "$T/err" '--replace'
listing "$dir" | diff "$T/listed" - || fail "a second run writes"

expect_status 0 cache2dir org/demo "$dir" --from "hf:$T/hub" --replace
cmp "$dir/README.md" "$T/repo/clone/README.md" || fail "--replace did not replace"
[ "$(cat "$dir/sub/notes.txt")" = mine ] || fail "--replace touched a file that the revision does not have"
files "$dir" >"$T/after"
grep -v ' README\|README.md' "$T/before" | comm -23 - "$T/after" | grep . && fail "--replace wrote again what was equal"
rm "$dir/sub/notes.txt"
expect_status 0 dir2cache "$dir" --to "hf:$T/again"
[ "$(cat "$T/again/models--org--demo/refs/main")" = "$(cat "$T/hub/models--org--demo/refs/main")" ] || fail "a whole directory is not the commit"
listing "$dir" >"$T/listed"
expect_status 0 cache2dir org/demo "$dir" --from "hf:$T/hub" --replace
expect_text "$T/err" 'nothing written'
listing "$dir" | diff "$T/listed" - || fail "a second --replace writes"

# Another revision over it: what is the same stays, what differs needs the word.
inode=$(stat -c %i "$dir/model.safetensors")
expect_status 1 cache2dir org/demo@refs/pr/1 "$dir" --from "hf:$T/hub"
cmp "$dir/README.md" "$T/repo/clone/README.md" || fail "another revision overwrote a file"
expect_status 0 cache2dir org/demo@refs/pr/1 "$dir" --from "hf:$T/hub" --replace
[ "$(cat "$dir/README.md")" = '# Demo, improved' ] || fail "the other revision did not come"
[ "$(stat -c %i "$dir/model.safetensors")" = "$inode" ] || fail "a content of both revisions was written again"
expect_status 0 dir2cache "$dir" --to "hf:$T/again"
[ "$(cat "$T/again/models--org--demo/refs/refs/pr/1")" = "$(cat "$T/hub/models--org--demo/refs/refs/pr/1")" ] || fail "the notes are of another revision"

# What is in the way and is no file stays in any case; links are not followed.
for way in 'mkdir config.json' 'ln -s . onnx' 'ln -s /etc onnx' 'touch nested' 'mkfifo config.json'; do
  rm -rf "$T/odd" && mkdir "$T/odd"
  (cd "$T/odd" && $way)
  listing "$T/odd" | grep -v '^\. ' >"$T/listed"
  ls -la /etc >"$T/etc"
  expect_status 1 timeout 20 cache2dir org/demo "$T/odd" --from "hf:$T/hub" --replace
  listing "$T/odd" >"$T/after"
  [ -z "$(comm -23 <(cut -d ' ' -f 1-3 "$T/listed" | sort) <(cut -d ' ' -f 1-3 "$T/after" | sort))" ] || fail "'$way' was changed"
  ls -la /etc | diff "$T/etc" - || fail "'$way' led outside"
done
# A link to the right bytes is a link; with --replace it becomes the file, and what it led to stays.
mkdir "$T/linked" && cp "$T/repo/clone/config.json" "$T/outside.json" && ln -s ../outside.json "$T/linked/config.json"
expect_status 1 cache2dir org/demo "$T/linked" --from "hf:$T/hub"
[ -L "$T/linked/config.json" ] || fail "a link was replaced without the word"
expect_status 0 cache2dir org/demo "$T/linked" --from "hf:$T/hub" --replace
[ ! -L "$T/linked/config.json" ] && cmp "$T/linked/config.json" "$T/outside.json" || fail "the link was not replaced"
# A file with another hard link keeps its bytes there.
mkdir "$T/hard" && echo 'mine, too' >"$T/outside.txt" && ln "$T/outside.txt" "$T/hard/README.md"
stat -c '%a %Y %s %U' "$T/outside.txt" >"$T/stat"
expect_status 0 cache2dir org/demo "$T/hard" --from "hf:$T/hub" --replace
[ "$(cat "$T/outside.txt")" = 'mine, too' ] && stat -c '%a %Y %s %U' "$T/outside.txt" | diff "$T/stat" - || fail "a hard link outside was changed"

# Links by choice.
expect_status 0 cache2dir org/demo "$T/hardlinks" --from "hf:$T/hub" --link hardlink
expect_text "$T/err" 'warning: with hard links'
[ "$(stat -c %h "$T/hardlinks/model.safetensors")" -gt 1 ] || fail "--link hardlink copied"
expect_status 0 cache2dir org/demo "$T/symlinks" --from "hf:$T/hub" --link symlink
[ -L "$T/symlinks/model.safetensors" ] && cmp "$T/symlinks/model.safetensors" "$T/repo/clone/model.safetensors" || fail "--link symlink did not link"
expect_status 0 cache2dir org/demo "$T/symlinks" --from "hf:$T/hub" --link symlink
expect_text "$T/err" 'nothing written'

# Some files, without notes.
expect_status 0 cache2dir org/demo "$T/some" --from "hf:$T/hub" --include '*.json' --exclude 'tokenizer*' --no-metadata
[ "$(ls -A "$T/some")" = config.json ] || fail "other files came: $(ls -A "$T/some")"
expect_status 0 cache2dir org/demo "$T/some" --from "hf:$T/hub" --include '*.json' --exclude 'tokenizer*' --no-metadata
expect_text "$T/err" 'nothing written'
# A SHA256SUMS of somebody else is kept.
echo mine >"$T/some/SHA256SUMS"
expect_status 1 cache2dir org/demo "$T/some" --from "hf:$T/hub" --include config.json --manifest
[ "$(cat "$T/some/SHA256SUMS")" = mine ] || fail "a SHA256SUMS that is not ours was overwritten"
expect_status 0 cache2dir org/demo "$T/some" --from "hf:$T/hub" --include config.json --manifest --replace
(cd "$T/some" && sha256sum --quiet -c SHA256SUMS) || fail "SHA256SUMS is not right"
# It is about the files, and none of them.
expect_status 0 cache2dir org/demo "$T/sums" --from "hf:$T/hub" --manifest
expect_status 0 dir2cache "$T/sums" --to "hf:$T/sums-hub" --manifest "$T/sums/SHA256SUMS"
expect_status 0 dir2cache "$T/sums" --to "hf:$T/sums-hub"
expect_text "$T/err" 'nothing written'
[ "$(ls "$T/sums-hub/models--org--demo/snapshots")" = "$(cat "$T/hub/models--org--demo/refs/main")" ] || fail "SHA256SUMS became a file of the repo"
