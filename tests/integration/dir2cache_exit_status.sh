#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each way in which dir2cache can refuse or fail: its code, a message that names path and reason, and nothing written.
. "$(dirname "$0")/lib.sh"

make_clone
cp -a "$T/repo/clone" "$T/dir" && rm -rf "$T/dir/.git"
dir=$T/dir
refused() { # STATUS TEXT ARGUMENT...: also as JSON, and without a trace in the target
  local status=$1 text=$2
  shift 2
  rm -rf "$T/hub"
  expect_status "$status" dir2cache "$@" --to "hf:$T/hub"
  expect_text "$T/err" "$text"
  [ ! -s "$T/out" ] || fail "stdout is not empty: $(cat "$T/out")"
  [ ! -e "$T/hub" ] || fail "something was written: $(find "$T/hub")"
  expect_status "$status" dir2cache "$@" --to "hf:$T/hub" --json
  [ "$status" -eq 2 ] && [ ! -s "$T/out" ] && return 0
  tail -n 1 "$T/out" | python3 -c 'import json, sys; r = json.load(sys.stdin); assert r["record"] == "summary" and r["status"] == int(sys.argv[1]), r' "$status" ||
    fail "the last record is $(tail -n 1 "$T/out")"
}

# 2: usage
refused 2 'takes one directory'
refused 2 'takes one directory' "$dir" "$dir" --repo org/demo
refused 2 'takes one directory' ''
refused 2 'name it with --repo' "$dir"
refused 2 'without @REVISION' "$dir" --repo org/demo@main
refused 2 "has '--' in it" "$dir" --repo org/a--b
refused 2 '--revision takes a commit' "$dir" --repo org/demo --revision main
refused 2 '--revision takes a commit' "$dir" --repo org/demo --revision ''
refused 2 'is no name for a ref' "$dir" --repo org/demo --ref ../../etc/passwd
refused 2 'is not a directory' "$dir/config.json" --repo org/demo
for inside in "$dir" "$dir/hub" "dir/../dir/hub"; do
  (cd "$T" && expect_status 2 dir2cache "$dir" --repo org/demo --to "hf:$inside")
  expect_text "$T/err" 'lies in, the source'
done
expect_status 2 dir2cache "$dir" --repo org/demo --to "clone:$T/x"
[ ! -e "$dir/hub" ] && [ ! -e "$dir/models--org--demo" ] || fail "something was written into the source"

# 4: not there
refused 4 'there is nothing of this name' "$T/nowhere" --repo org/demo
refused 4 'there is nothing of this name' "dir:$T/nowhere" --repo org/demo

# 6: nothing in it, a manifest that is none or that lies, pointers, links, devices
mkdir "$T/empty"
refused 6 'it has no files' "$T/empty" --repo org/demo
refused 6 'no file of it passes' "$dir" --repo org/demo --include '*.nothing'
echo 'no manifest' >"$T/bad"
refused 6 'cannot read the manifest' "$dir" --repo org/demo --manifest "$T/bad"
echo "$(printf '0%.0s' {1..64})  model.safetensors" >"$T/lying"
refused 6 'the manifest says sha256:00' "$dir" --repo org/demo --manifest "$T/lying"
echo "$(printf '0%.0s' {1..64})  absent.bin" >"$T/absent"
refused 6 'absent.bin' "$dir" --repo org/demo --manifest "$T/absent"
cp -a "$dir" "$T/pointers"
pointer() { # of a large file
  printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %s\n' "$(sha256sum <"$1" | cut -c 1-64)" "$(stat -c %s "$1")"
}
pointer "$dir/model.safetensors" >"$T/pointers/model.safetensors"
refused 6 'it is the text of an LFS pointer' "$T/pointers" --repo org/demo
expect_text "$T/err" "model.safetensors  307200 bytes  sha256:$(sha256sum <"$dir/model.safetensors" | cut -c 1-64)"
expect_status 0 dir2cache "$T/pointers" --repo org/demo --to "hf:$T/hub" --partial
expect_status 1 cache-scan --ready org/demo "hf:$T/hub"
expect_text "$T/out" 'model.safetensors is not here'
# The whole directory is the same commit.
expect_status 0 dir2cache "$dir" --repo org/demo --to "hf:$T/hub"
expect_status 0 cache-scan --ready org/demo "hf:$T/hub"
for kind in 'ln -s config.json' 'ln -s /etc/passwd' 'mkfifo'; do
  cp -a "$dir" "$T/odd"
  (cd "$T/odd" && $kind odd)
  refused 6 'odd  ' "$T/odd" --repo org/demo
  rm -rf "$T/odd"
done
cp -a "$dir" "$T/odd" && ln -s /etc/passwd "$T/odd/link"
refused 6 'it is a symbolic link' "$T/odd" --repo org/demo
expect_status 0 dir2cache "$T/odd" --repo org/demo --to "hf:$T/hub" --partial
expect_text "$T/err" 'left out: link'
[ -z "$(find "$T/hub" -name link)" ] || fail "the link arrived"
rm "$T/odd/link" && ln -s "$T/repo" "$T/odd/.cache"
expect_status 6 dir2cache "$T/odd" --repo org/demo --to "hf:$T/hub2"
expect_text "$T/err" '.cache'

# A damaged record is told, and what it would say is asked for.
mkdir -p "$T/record/.cache/huggingface" && cp "$dir/config.json" "$T/record"
echo '{"format_version": 1, "repo_id": "../../x"}' >"$T/record/.cache/huggingface/modelcache.json"
refused 2 'name it with --repo' "$T/record"
expect_status 1 dir2cache "$T/record" --repo org/demo --to "hf:$T/hub3"
expect_text "$T/err" 'error: index_unreadable: .cache/huggingface/modelcache.json'

# 3: what may not be read, or written
if [ "$(id -u)" -eq 0 ]; then
  chmod 755 "$T"
  as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$T/nobody" PATH="$PATH" "$@"; }
  mkdir "$T/nobody" && chown 65534:65534 "$T/nobody"
  cp -a "$dir" "$T/closed" && chmod 600 "$T/closed/config.json"
  expect_status 3 as_nobody dir2cache "$T/closed" --repo org/demo --to "hf:$T/nobody/hub"
  expect_text "$T/err" 'Permission denied'
  [ ! -e "$T/nobody/hub" ] || fail "something was written for a directory that may not be read"
  chmod 700 "$T/closed/nested"
  expect_status 3 as_nobody dir2cache "$T/closed" --repo org/demo --to "hf:$T/nobody/hub"
  expect_text "$T/err" "$T/closed/nested"
  expect_status 0 as_nobody dir2cache "$dir" --repo org/demo --to "hf:$T/nobody/hub"
fi
expect_status 3 dir2cache "$dir" --repo org/demo --to hf:/proc/nowhere/hub
expect_text "$T/err" /proc/nowhere

# 0: and a dry run says what the real one does.
rm -rf "$T/hub"
expect_status 0 dir2cache "$dir" --repo datasets/org/demo --ref v1 --ref main --to "hf:$T/hub" --json --dry-run
[ ! -e "$T/hub" ] || fail "a dry run writes"
grep -v '"record":"summary"' "$T/out" >"$T/plan"
expect_status 0 dir2cache "$dir" --repo datasets/org/demo --ref v1 --ref main --to "hf:$T/hub" --json
grep -v '"record":"summary"' "$T/out" | diff "$T/plan" - || fail "a dry run shows other steps"
[ "$(ls "$T/hub/datasets--org--demo/refs" | tr '\n' ' ')" = 'main v1 ' ] || fail "the refs are not those that were asked for"
# --move leaves nothing of it but the directory, and only where all of it is in the cache.
cp -a "$dir" "$T/moved"
expect_status 0 dir2cache "$T/moved" --repo org/moved --to "hf:$T/hub" --move
[ -z "$(ls -A "$T/moved")" ] || fail "--move left $(ls -A "$T/moved")"
expect_status 0 cache-scan --ready org/moved "hf:$T/hub"
"$support/tree_check.py" "$T/hub" || fail "the cache is not sound"
