#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each way in which clone2cache can refuse or fail: its code, a message that names path and reason, and nothing written.
. "$(dirname "$0")/lib.sh"

make_clone
clone=$T/repo/clone
refused() { # STATUS TEXT ARGUMENT...: also as JSON, and without a trace in the target
  local status=$1 text=$2
  shift 2
  rm -rf "$T/hub"
  expect_status "$status" clone2cache "$@" --to "hf:$T/hub"
  expect_text "$T/err" "$text"
  [ ! -s "$T/out" ] || fail "stdout is not empty: $(cat "$T/out")"
  [ ! -e "$T/hub" ] || fail "something was written: $(find "$T/hub")"
  status_in_json "$status" "$@"
}
status_in_json() {
  local status=$1
  shift
  expect_status "$status" clone2cache "$@" --to "hf:$T/hub" --json
  [ "$status" -eq 2 ] && [ ! -s "$T/out" ] && return 0
  tail -n 1 "$T/out" | python3 -c 'import json, sys; r = json.load(sys.stdin); assert r["record"] == "summary" and r["status"] == int(sys.argv[1]), r' "$status" ||
    fail "the last record is $(tail -n 1 "$T/out")"
}

# 2: usage
refused 2 "Try 'clone2cache --help'" "$clone" --no-such-option
refused 2 'takes one clone'
expect_status 2 clone2cache "$clone" --to "dir:$T/x"
expect_text "$T/err" '--to takes a cache'
refused 2 "has '--' in it" "$clone" --repo org/a--b
refused 2 '--link takes one of' "$clone" --link magic
refused 2 'is no name for a ref' "$clone" --ref ../../etc/passwd
refused 2 'takes an age' "$clone" --wait soon
# A target in the source, also by a link.
ln -s "$clone" "$T/alias"
for inside in "$clone" "$clone/hub" "$T/alias/hub"; do
  expect_status 2 clone2cache "$clone" --to "hf:$inside"
  expect_text "$T/err" 'lies in, the source'
done
[ ! -e "$clone/hub" ] && [ ! -e "$clone/models--org--demo" ] || fail "something was written into the source"
rm "$T/alias"
cp -a "$clone" "$T/unknown"
git -C "$T/unknown" remote set-url origin https://user:secret@git.example.invalid/a/b
refused 2 'name it with --repo' "$T/unknown"
expect_no_text "$T/err" secret
expect_status 0 clone2cache "$T/unknown" --to "hf:$T/hub" --repo datasets/org/other
[ -d "$T/hub/datasets--org--other/snapshots" ] || fail "--repo was not used"

# An unset variable of a script is no wish, and a url is not shown again: it may hold a password.
refused 2 'takes one clone' ''
refused 2 "--revision takes" "$clone" --revision ''
refused 2 'not a url' https://user:secret@huggingface.co/org/demo
expect_no_text "$T/err" secret
refused 2 'not by a url' "$clone" --repo https://user:secret@huggingface.co/org/demo
expect_no_text "$T/err" secret
expect_status 2 clone2cache "$clone" --to https://user:secret@huggingface.co/org/demo
expect_no_text "$T/err" secret

expect_status 2 clone2cache "$clone" --to "$T/new"
expect_text "$T/err" "--to hf:$T/new"

# 1: not all refs that were asked for can be had; the others are there.
cp -a "$clone" "$T/lost"
echo 1111111111111111111111111111111111111111 >"$T/lost/.git/refs/remotes/origin/lost"
expect_status 1 clone2cache "$T/lost" --to "hf:$T/hub" --all-refs
expect_text "$T/err" 'error: ref_dangling: refs/remotes/origin/lost'
[ -e "$T/hub/models--org--demo/refs/dev" ] || fail "one lost branch hides the others"
expect_status 0 clone2cache "$T/lost" --to "hf:$T/hub"

# 4: not there
refused 4 'there is nothing of this name' "$T/nowhere"
refused 4 'is not a git clone' "$T/repo"
refused 4 "no revision 'nosuch'" "$clone" --revision nosuch
git init -q "$T/unborn"
git -C "$T/unborn" remote add origin https://huggingface.co/org/unborn
refused 4 'it has no commit yet' "$T/unborn"

# 6: missing contents, with their sizes
cp -a "$clone" "$T/missing"
rm -rf "$T/missing/.git/lfs/objects" "$T/missing/model.safetensors" "$T/missing/onnx"
refused 6 'model.safetensors  307200 bytes  sha256:' "$T/missing"
expect_text "$T/err" '--partial'
expect_status 0 clone2cache "$T/missing" --to "hf:$T/hub" --partial
expect_text "$T/err" 'left out: '
commit=$(cat "$T/hub/models--org--demo/refs/main")
[ ! -e "$T/hub/models--org--demo/snapshots/$commit/model.safetensors" ] || fail "a missing file appears"
[ -e "$T/hub/models--org--demo/snapshots/$commit/config.json" ] || fail "a present file is missing"
"$support/tree_check.py" "$T/hub" || fail "the partial snapshot is not sound"
expect_status 1 cache-scan --ready org/demo "hf:$T/hub"
expect_text "$T/out" 'model.safetensors is not here'
# The missing come later; what is there is not written again.
expect_status 0 clone2cache "$clone" --to "hf:$T/hub" --json
python3 - "$T/out" <<'PY' || fail "completing a partial snapshot writes again what is there"
import json, sys
actions = {}
for line in open(sys.argv[1]):
    record = json.loads(line)
    if record["record"] == "entry":
        actions[record["path"]] = record["action"]
assert actions["model.safetensors"] == "write" and actions["config.json"] == "reuse", actions
PY
expect_status 0 cache-scan --ready org/demo "hf:$T/hub"
expect_text "$T/out" ready

# What a partial clone never fetched has no known size.
cp -a "$clone" "$T/unfetched"
mkdir "$T/packs" && mv "$T/unfetched/.git/objects/pack"/* "$T/packs"
for pack in "$T/packs"/*.pack; do git -C "$T/unfetched" unpack-objects -q <"$pack"; done
object=$(git -C "$T/unfetched" rev-parse HEAD:config.json)
rm -f "$T/unfetched/.git/objects/${object:0:2}/${object:2}"
refused 6 'config.json  size unknown  git-sha1:' "$T/unfetched"
expect_status 0 clone2cache "$T/unfetched" --to "hf:$T/hub" --partial --json
expect_text "$T/out" '"path":"config.json","size":null,'
git init -q "$T/bare-tree" && git -C "$T/bare-tree" commit -q --allow-empty -m empty
refused 6 'it has no files' "$T/bare-tree" --repo org/demo

# 6: LFS objects that are not what their name says
object=$(find "$clone/.git/lfs/objects" -type f -size 300k | sort | head -n 1)
lie() { # WHAT TEXT COMMAND
  rm -rf "$T/lying"
  cp -a "$clone" "$T/lying"
  local victim=$T/lying/${object#"$clone/"}
  chmod u+w "$victim"
  find "$T/lying" -path "$T/lying/.git" -prune -o -name '*.bin' -exec rm {} + -o -name '*.safetensors' -exec rm {} +
  (cd "$(dirname "$victim")" && victim=$victim bash -c "$3")
  rm -rf "$T/hub"
  expect_status 6 timeout 10 clone2cache "$T/lying" --to "hf:$T/hub" --revision dev
  expect_text "$T/err" "$2"
  [ ! -e "$T/hub/models--org--demo/refs/dev" ] || fail "$1: a ref appears"
  [ -z "$(ls -A "$T/hub/models--org--demo/snapshots" 2>/dev/null)" ] || fail "$1: a snapshot appears"
  [ -z "$(find "$T/hub" -name '*.incomplete' -o -name tmp 2>/dev/null)" ] || fail "$1: a temporary stays"
}
lie 'a truncated object' 'its LFS object has 100 bytes' 'truncate -s 100 $victim'
lie 'an object with other bytes' 'its content is sha256:' 'printf y | dd of=$victim bs=1 conv=notrunc status=none'
lie 'a link for an object' 'is a symbolic link' 'mv $victim $victim.real; ln -s $victim.real $victim'
lie 'a FIFO for an object' 'is not a regular file' 'rm $victim; mkfifo $victim'
lie 'a directory for an object' 'is not a regular file' 'rm $victim; mkdir $victim'
lie 'no object' 'git lfs fetch' 'rm $victim'

# 5: busy
rm -rf "$T/hub"
expect_status 0 clone2cache "$clone" --to "hf:$T/hub"
blob=$(basename "$(readlink "$T/hub/models--org--demo/snapshots/$(cat "$T/hub/models--org--demo/refs/main")/model.safetensors")")
rm "$T/hub/models--org--demo/blobs/$blob"
lock=$T/hub/.locks/models--org--demo/$blob.lock
inode=$(stat -c %i "$lock")
python3 - "$lock" <<'PY' &
import fcntl, sys, time
file = open(sys.argv[1], "r+")
fcntl.flock(file, fcntl.LOCK_EX)
open(sys.argv[1] + ".held", "w")
time.sleep(60)
PY
children+=($!)
until [ -e "$lock.held" ]; do sleep 0.02; done
rm "$lock.held"
status_in_json 5 "$clone" --wait 0s
expect_status 5 clone2cache "$clone" --to "hf:$T/hub" --wait 1s
expect_text "$T/err" "$lock': another program holds it; --wait 1h waits longer"
[ "$(stat -c %i "$lock")" = "$inode" ] || fail "the lock file was replaced"
[ ! -e "$T/hub/models--org--demo/blobs/$blob" ] || fail "a locked content was written"
kill "${children[0]}"
expect_status 0 clone2cache "$clone" --to "hf:$T/hub"

# 0 and 1: done; with a file of somebody else's in the way, which stays
status_in_json 0 "$clone"
snapshot=$T/hub/models--org--demo/snapshots/$(cat "$T/hub/models--org--demo/refs/main")
rm "$snapshot/config.json"
echo 'another size' >"$snapshot/config.json"
for words in '' --json; do
  # shellcheck disable=SC2086
  expect_status 1 clone2cache "$clone" --to "hf:$T/hub" $words
  [ "$(cat "$snapshot/config.json")" = 'another size' ] || fail "a file that is not ours was replaced"
done
tail -n 1 "$T/out" | grep -qF '"status":1' || fail "the last record is $(tail -n 1 "$T/out")"

# 128+N: as the shell sees it
for words in '' --json; do
  status=0
  bash -c "strace -f -qq -o /dev/null -e trace=fsync -e inject=fsync:signal=TERM:when=2 clone2cache '$clone' --to 'hf:$T/ended' -j1 $words; exit \$?" >"$T/out" 2>"$T/err" || status=$?
  [ "$status" -eq 143 ] || fail "a run that SIGTERM ends shows $status: $(cat "$T/err")"
  [ -z "$(find "$T/ended" -name '*.incomplete' -o -path '*/.modelcache/tmp*')" ] || fail "SIGTERM: temporaries stay"
done

# 6: a cache that somebody damaged
for damage in 'rm -r snapshots/* && touch "snapshots/$commit"' 'rm -r refs && touch refs' 'rm refs/main && mkdir -p refs/main/x'; do
  cp -a "$T/hub" "$T/damaged"
  (cd "$T/damaged/models--org--demo" && commit=$(cat refs/main) bash -c "$damage")
  expect_status 6 clone2cache "$clone" --to "hf:$T/damaged"
  expect_text "$T/err" "$T/damaged/models--org--demo/"
  rm -r "$T/damaged"
done

# 3: a root that cannot be made
: >"$T/file"
expect_status 2 clone2cache "$clone" --to "hf:$T/file"
for words in '' --json; do
  # shellcheck disable=SC2086
  expect_status 3 clone2cache "$clone" --to "hf:/proc/nowhere/hub" $words
  expect_text "$T/err" /proc/nowhere
done
tail -n 1 "$T/out" | grep -qF '"status":3' || fail "the last record is $(tail -n 1 "$T/out")"
