#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each way in which cache2dir can refuse or fail: its code, a message that names path and reason, and no directory that was not there.
. "$(dirname "$0")/lib.sh"

make_clone
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs
refused() { # STATUS TEXT ARGUMENT...: also as JSON, and without a trace of the target
  local status=$1 text=$2
  shift 2
  expect_status "$status" cache2dir "$@"
  expect_text "$T/err" "$text"
  [ ! -s "$T/out" ] || fail "stdout is not empty: $(cat "$T/out")"
  expect_status "$status" cache2dir "$@" --json
  [ -z "$(find "$T" -mindepth 1 -maxdepth 1 -name '*model*')" ] || fail "something was written: $(find "$T" -mindepth 1 -maxdepth 1 -name '*model*')"
  [ "$status" -eq 2 ] && [ ! -s "$T/out" ] && return 0
  tail -n 1 "$T/out" | python3 -c 'import json, sys; r = json.load(sys.stdin); assert r["record"] == "summary" and r["status"] == int(sys.argv[1]), r' "$status" ||
    fail "the last record is $(tail -n 1 "$T/out")"
}
from=(--from "hf:$T/hub")

# 2: usage
for words in '' org/demo "org/demo $T/model org/other" "org/demo@main org/demo@dev $T/model"; do
  # shellcheck disable=SC2086
  refused 2 'takes one REPO' $words "${from[@]}"
done
refused 2 'takes one REPO' org/demo '' "${from[@]}"
refused 2 "has '--' in it" org/a--b "$T/model" "${from[@]}"
refused 2 '--link takes one of' org/demo "$T/model" "${from[@]}" --link magic
refused 2 '--repo-type takes' org/demo "$T/model" "${from[@]}" --repo-type thing
refused 2 'is not a directory' org/demo "$T/repo/clone/config.json" "${from[@]}"
refused 2 'lies in the target' org/demo / "${from[@]}"
refused 2 'they would lead to what is removed' org/demo "$T/model" "${from[@]}" --move --link symlink
ln -s "$T/hub" "$T/alias"
for inside in "$T/hub" "$T/hub/x" "$T/alias" "$T/alias/x"; do refused 2 'lies in, the source' org/demo "$inside" "${from[@]}"; done
refused 2 'lies in the target' org/demo "$T" "${from[@]}"
[ ! -e "$T/hub/x" ] && [ ! -e "$T/.cache" ] || fail "something was written into the source or around it"
rm "$T/alias"

# 4: not there
refused 4 'there is nothing of this name' org/demo "$T/model" --from "hf:$T/nowhere"
refused 4 'has no model/org/other' org/other "$T/model" "${from[@]}"
refused 4 "no revision 'nosuch'" org/demo@nosuch "$T/model" "${from[@]}"
refused 4 'has no dataset/org/demo' datasets/org/demo "$T/model" "${from[@]}"

# 6: contents that are missing, or are not what their name says; nothing proved stays of a new directory
blob=$(basename "$(readlink "$T/hub/models--org--demo/snapshots/$(cat "$T/hub/models--org--demo/refs/main")/model.safetensors")")
cp -a "$T/hub" "$T/missing" && rm "$T/missing/models--org--demo/blobs/$blob"
refused 6 'model.safetensors  307200 bytes  sha256:' org/demo "$T/model" --from "hf:$T/missing"
expect_text "$T/err" '--partial'
expect_status 1 cache2dir org/demo "$T/part" --from "hf:$T/missing" --partial
[ -e "$T/part/config.json" ] && [ ! -e "$T/part/model.safetensors" ] || fail "the part is another"
expect_status 6 dir2cache "$T/part" --to "hf:$T/part-hub"
expect_status 0 cache2dir org/demo "$T/part" "${from[@]}"
expect_status 0 dir2cache "$T/part" --to "hf:$T/part-hub"
cp -a "$T/hub" "$T/lying"
printf y | dd of="$T/lying/models--org--demo/blobs/$blob" bs=1 conv=notrunc status=none
refused 6 'its content is sha256:' org/demo "$T/model" --from "hf:$T/lying"
[ -z "$(find "$T" -mindepth 1 -maxdepth 1 -name '.model*')" ] || fail "a new directory of a lying cache leaves $(ls -A "$T")"
mkdir "$T/dir" && echo mine >"$T/dir/mine"
expect_status 6 cache2dir org/demo "$T/dir" --from "hf:$T/lying"
[ "$(find "$T/dir" -type f)" = "$T/dir/mine" ] || fail "a refused run leaves $(find "$T/dir" -type f)"

# 6: paths that are git's or the clients' own; they can be left out
python3 - "$T/odd" <<'PY'
import hashlib, os, sys
root = sys.argv[1] + "/models--org--demo"
commit = "1" * 40
for directory in ("blobs", "refs", "snapshots"):
    os.makedirs(f"{root}/{directory}")
blob = hashlib.sha1(b"blob 2\0{}").hexdigest()
open(f"{root}/blobs/{blob}", "wb").write(b"{}")
open(f"{root}/refs/main", "w").write(commit)
for name in ("config.json", ".git/config", ".cache/huggingface/modelcache.json"):
    link = f"{root}/snapshots/{commit}/{name}"
    os.makedirs(os.path.dirname(link), exist_ok=True)
    os.symlink("../" * (2 + name.count("/")) + "blobs/" + blob, link)
PY
refused 6 '.git/config' org/demo "$T/model" --from "hf:$T/odd" --exclude '.cache/*'
refused 6 '.cache/huggingface/modelcache.json' org/demo "$T/model" --from "hf:$T/odd" --exclude '.git/*'
expect_status 0 cache2dir org/demo "$T/plain" --from "hf:$T/odd" --exclude '.git/*' --exclude '.cache/*'
[ ! -e "$T/plain/.git" ] || fail "a .git was written"
# A directory that is noted to hold another repo.
expect_status 0 clone2cache "$T/repo/clone" --repo org/second --to "hf:$T/hub"
expect_status 6 cache2dir org/second "$T/plain" "${from[@]}"
expect_text "$T/err" 'it holds model/org/demo'

# 6: another user's directory; 3: no permission
if [ "$(id -u)" -eq 0 ]; then
  mkdir "$T/theirs" && chown 65533 "$T/theirs"
  expect_status 6 cache2dir org/demo "$T/theirs" "${from[@]}"
  expect_text "$T/err" 'belongs to another user (uid 65533)'
  [ -z "$(ls -A "$T/theirs")" ] || fail "something was written into a foreign directory"
  expect_status 0 cache2dir org/demo "$T/theirs" "${from[@]}" --allow-foreign-owner
  chmod 755 "$T"
  as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$T/nobody" PATH="$PATH" "$@"; }
  mkdir "$T/nobody" && chown 65534:65534 "$T/nobody"
  mkdir -m 755 "$T/roots"
  for target in roots roots/new; do
    expect_status 3 as_nobody cache2dir org/demo "$T/$target" "${from[@]}"
    expect_text "$T/err" 'Permission denied'
    expect_text "$T/err" "$T/roots"
  done
  [ -z "$(ls -A "$T/roots")" ] || fail "something was written into root's directory"
  expect_status 0 as_nobody cache2dir org/demo "$T/nobody/model" "${from[@]}"
fi
expect_status 3 cache2dir org/demo /proc/nowhere/model "${from[@]}"
expect_text "$T/err" /proc/nowhere

# 5: another run of ours is at it
for kind in new there; do
  [ "$kind" = new ] || mkdir "$T/busy"
  strace -f -qq -o /dev/null -e trace=renameat2 -e inject=renameat2:delay_enter=2s:when=1 cache2dir org/demo "$T/busy" "${from[@]}" -j1 >/dev/null 2>&1 &
  first=$!
  children+=("$first")
  sleep 1
  expect_status 5 cache2dir org/demo "$T/busy" "${from[@]}" --wait 0s
  expect_text "$T/err" '--wait'
  kill "$first" 2>/dev/null
  wait "$first" 2>/dev/null || true
  rm -rf "$T/busy" "$T/.busy.modelcache-incomplete"
done

# 128+N: a run that a signal ended has no directory, and the next one finishes
status=0
bash -c "strace -f -qq -o /dev/null -e trace=renameat2 -e inject=renameat2:signal=TERM:when=3 cache2dir org/demo '$T/ended' --from 'hf:$T/hub' -j1; exit \$?" >"$T/out" 2>"$T/err" || status=$?
[ "$status" -eq 143 ] || fail "a run that SIGTERM ends shows $status: $(cat "$T/err")"
[ ! -e "$T/ended" ] || fail "SIGTERM: the directory is there"
[ -z "$(find "$T/.ended.modelcache-incomplete" -name '*.incomplete' -o -name modelcache.tmp)" ] || fail "SIGTERM: temporaries stay"
expect_status 0 cache2dir org/demo "$T/ended" "${from[@]}" --json
grep -q '"action":"reuse"' "$T/out" || fail "what was brought before is brought again"
[ ! -e "$T/.ended.modelcache-incomplete" ] || fail "the staging directory stays"

# 0: a dry run says what the real one does; the second run writes nothing.
expect_status 0 cache2dir org/demo@dev "$T/done" "${from[@]}" --json --dry-run --manifest
[ ! -e "$T/done" ] && [ ! -e "$T/.done.modelcache-incomplete" ] || fail "a dry run writes"
grep -E '"record":"(entry|result)"' "$T/out" >"$T/plan"
expect_status 0 cache2dir org/demo@dev "$T/done" "${from[@]}" --json --manifest
grep -E '"record":"(entry|result)"' "$T/out" | diff "$T/plan" - || fail "a dry run shows other steps"
listing "$T/done" >"$T/before"
for words in '' --replace '--link copy' '--verify size' --partial --no-metadata; do
  # shellcheck disable=SC2086
  expect_status 0 cache2dir org/demo@dev "$T/done" "${from[@]}" --manifest $words
  expect_text "$T/err" 'nothing written'
  listing "$T/done" | diff "$T/before" - || fail "a second run with '$words' writes"
done
"$support/tree_check.py" "$T/hub" || fail "the source is not sound any more"

# --move frees the revision only when all of it is in the directory.
cp -a "$T/hub" "$T/moving"
echo mine >"$T/done/README.md"
expect_status 1 cache2dir org/demo@dev "$T/done" --from "hf:$T/moving" --move
expect_status 0 cache-scan --ready org/demo@dev "hf:$T/moving"
expect_status 0 cache2dir org/demo@dev "$T/done" --from "hf:$T/moving" --move --replace
expect_status 1 cache-scan --ready org/demo@dev "hf:$T/moving"
expect_status 0 cache-scan --ready org/demo@main "hf:$T/moving"
"$support/tree_check.py" "$T/moving" || fail "--move leaves something unsound"
expect_status 0 dir2cache "$T/done" --to "hf:$T/moving"
expect_status 0 cache-scan --ready org/demo@dev "hf:$T/moving"
