#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify-sha ends with the documented status, in text and in JSON, whatever it meets; what it meets is named.
. "$(dirname "$0")/lib.sh"

make_clone
clone2cache "$T/repo/clone" --to "hf:$T/hub" >/dev/null 2>&1
cache2dir org/demo "$T/dir" --from "hf:$T/hub" >/dev/null 2>&1

# both STATUS ARGUMENT...: in both forms; the last record has the status.
both() {
  local status=$1
  shift
  expect_status "$status" verify-sha "$@" --json
  [ "$status" -eq 2 ] || tail -n 1 "$T/out" | grep -q "\"status\":$status[,}]" || fail "'$*': the summary says otherwise"
  expect_status "$status" verify-sha "$@"
}
both 0 "hf:$T/hub"
both 0 "$T/dir"
both 0 "$T/repo/clone"
both 0 "hf:$T/hub" --repo org/demo@main
both 0 "$T/dir" "$T/repo/clone" --quick
(cd "$T/dir" && expect_status 0 verify-sha)

both 2 "$T/dir" --no-such-option
both 2 "$T/dir" --repo org/demo
both 2 "hf:$T/hub" --repo 'org/../demo'
both 2 "$T/dir" --fail-on nothing
both 2 "$T/dir" "$T/repo/clone" --state "$T/state.json"
both 2 "$T/dir" --max-age 1d
both 2 "$T/dir" --format json
both 2 "$T/dir" --quick --write-manifest "$T/manifest"
both 4 "$T/none"
both 4 "hf:$T/none"
both 4 "hf:$T/hub" --repo org/none
both 4 "hf:$T/hub" --repo org/demo@none
both 4 "$T/dir" --manifest "$T/none.json"

# A repo of AI Studio's cache is one repo, wherever it lies.
clone2cache "$T/repo/clone" --to "aistudio:$T/studio" >/dev/null 2>&1
both 0 "$T/studio/models/org/demo" --write-manifest "$T/studio.json"
expect_text "$T/out" 'config.json  matched'
[ "$(grep -c : "$T/studio.json")" -eq 15 ] || fail "the manifest has other files: $(cat "$T/studio.json")"
both 2 "$T/studio/models/org/demo" --repo org/demo

# Of a clone the worktree alone; of a cache one revision, told before anything is read.
both 0 "$T/repo/clone" --write-manifest "$T/clone.json"
[ "$(grep -c : "$T/clone.json")" -eq 15 ] || fail "the manifest of a clone has other files: $(cat "$T/clone.json")"
both 0 "$T/repo/clone" --manifest "$T/clone.json"
both 0 "hf:$T/hub" --manifest "$T/clone.json"
ln -s config.json "$T/repo/clone/stray"
expect_status 0 verify-sha "$T/repo/clone" --json
grep '"path":"stray"' "$T/out" | grep '"status":"extra"' | grep -q '"size":null' || fail "a stray link: $(grep stray "$T/out")"
echo '{"stray": "'"$(sha256sum <"$T/repo/clone/config.json" | cut -c 1-64)"'"}' >"$T/stray.json"
both 1 "$T/repo/clone" --manifest "$T/stray.json"
expect_text "$T/out" 'stray  unmatched'
rm "$T/repo/clone/stray"
clone2cache "$T/repo/clone" --all-refs --to "hf:$T/several" >/dev/null 2>&1
both 2 "hf:$T/several" --write-manifest "$T/none.json"
both 2 "hf:$T/several" --manifest "$T/clone.json"
both 0 "hf:$T/several" --manifest "$T/clone.json" --repo org/demo@main
[ ! -e "$T/none.json" ] || fail "a manifest was written all the same"

# One file of each kind of trouble, and what else is there.
cp -a "$T/dir" "$T/bad"
rm "$T/bad/config.json"
printf x >>"$T/bad/vocab.txt"
echo more >"$T/bad/more.txt"
git -C "$T/repo/clone" show HEAD:model.safetensors >"$T/bad/model.safetensors"
both 1 "$T/bad"
expect_text "$T/out" 'config.json  should download'
expect_text "$T/out" 'vocab.txt  unmatched, please download again'
expect_text "$T/out" 'model.safetensors  pointer'
expect_text "$T/out" 'more.txt  extra'
expect_text "$T/out" '12 matched, 1 unmatched, 1 pointers, 1 missing, 1 extra, 0 skipped, 0 unverifiable'
expect_text "$T/err" 'vocab.txt: it has'
both 1 "$T/bad" --quick
expect_text "$T/out" 'vocab.txt  unmatched'
[ "$(verify-sha "$T/bad" --color always 2>/dev/null | grep -c $'\e\\[3[123]m')" -ge 15 ] || fail "there are no colours"
cp "$T/dir/vocab.txt" "$T/dir/model.safetensors" "$T/dir/config.json" "$T/bad"
both 0 "$T/bad"
both 1 "$T/bad" --fail-on missing,extra
rm "$T/bad/more.txt" "$T/bad/config.json"
both 0 "$T/bad" --fail-on extra
expect_text "$T/out" 'should download'

# A manifest that is not wholly understood: refused before anything is read.
refused() { # TEXT REASON
  printf '%s' "$1" >"$T/manifest"
  both 6 "$T/dir" --manifest "$T/manifest"
  expect_text "$T/err" "$2"
  [ ! -s "$T/out" ] || fail "files were read for a bad manifest"
}
refused '{"config.json": "d41d8cd98f00b204e9800998ecf8427e"}' md5
refused '{"../x": "'"$(printf '%064d' 1)"'"}' '../x'
refused '{"config.json": ' JSON
refused "$(printf '%064d  config.json\nnonsense\n' 1)" 'line 2'
echo '{"config.json": "wrong"}' >"$T/state.json"
both 6 "$T/dir" --state "$T/state.json"
expect_text "$T/err" 'config.json'
expect_text "$T/state.json" wrong

# What may not be read is told, the rest is verified all the same.
if [ "$(id -u)" -eq 0 ]; then
  cp -a "$T/dir" "$T/closed"
  chmod -R a+rX "$T" "$T/closed"
  chmod 000 "$T/closed/vocab.txt"
  as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups verify-sha "$@"; }
  expect_status 3 as_nobody "$T/closed"
  expect_text "$T/err" vocab.txt
  expect_text "$T/out" 'config.json  matched'
  expect_text "$T/out" 'vocab.txt  unverifiable'
fi

status=0
verify-sha "$T/dir" --write-manifest "$T/none/manifest" >/dev/null 2>"$T/err" || status=$?
[ "$status" -eq 4 ] || fail "a manifest into nothing ended with $status"
for output in --json --color=never; do
  status=0
  verify-sha "$T/dir" "$output" >/dev/full 2>"$T/err" || status=$?
  [ "$status" -eq 3 ] || fail "a full output ended with $status"
done

# What is found of a cache that is there to be read only.
listing "$T/hub" >"$T/before"
expect_status 0 verify-sha "hf:$T/hub"
listing "$T/hub" | diff "$T/before" - || fail "verify-sha changed what it read"
