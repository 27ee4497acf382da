#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What --repair-from and --quarantine of verify-sha end with and tell: 0 when all is whole again, 1 when something is left, 2 for what makes
# no sense, 3 without permission, 4 for a source that is not there, 5 beside a running client. A dry run tells the same steps and writes
# nothing.
. "$(dirname "$0")/lib.sh"

"$top/tests/fault/small_clone.sh" "$T/small"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/source"
repo=models--org--small
large=$(sha256sum <"$T/small/clone/model.bin" | cut -c1-64)
small=$(git -C "$T/small/clone" rev-parse HEAD:config.json)
damaged() { # a cache with a bad large content and a small one that is gone
  rm -rf "$T/hub"
  cp -a "$T/source" "$T/hub"
  printf y | dd of="$T/hub/$repo/blobs/$large" conv=notrunc status=none
  rm "$T/hub/$repo/blobs/$small"
}
# What the run tells: records of one kind, one a line, with these keys.
records() { # KIND KEY...
  python3 - "$T/out" "$@" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    record = json.loads(line)
    if record["record"] == sys.argv[2]:
        print(*(record[key] for key in sys.argv[3:]))
PY
}
damaged

# Usage: nothing is touched.
listing "$T/hub" >"$T/before"
for words in "--repair-from hf:$T/hub" "--repair-from dir:$T/hub/$repo" "--repair-from dir:$T" "--quarantine $T/hub/aside" "--quarantine $T/hub" \
  "--quarantine $T" "--repair-from hf:$T/source --quarantine $T/source/aside" "--dry-run" "--quarantine=" \
  "--repair-from hf:$T/source --write-manifest $T/list"; do
  # shellcheck disable=SC2086
  expect_status 2 verify-sha "hf:$T/hub" $words
done
expect_status 4 verify-sha "hf:$T/hub" --repair-from "$T/nothing"
listing "$T/hub" | diff "$T/before" - || fail "a usage error changed something"

# A dry run tells the steps of the real run.
expect_status 1 verify-sha "hf:$T/hub" --repair-from "hf:$T/source" --quarantine "$T/aside" --dry-run --json --state "$T/unwritten"
[ "$(records summary restored quarantined unmatched missing)" = '0 0 2 1' ] || fail "a dry run tells what it did not do: $(cat "$T/out")"
[ ! -e "$T/unwritten" ] || fail "a dry run wrote a state"
listing "$T/hub" | diff "$T/before" - || fail "a dry run changed something"
[ ! -e "$T/aside" ] || fail "a dry run made the quarantine"
records repair path action from >"$T/planned"
records quarantine path action to >>"$T/planned"
expect_status 0 verify-sha "hf:$T/hub" --repair-from "hf:$T/source" --quarantine "$T/aside" --json
records repair path action from >"$T/done"
records quarantine path action to >>"$T/done"
diff "$T/planned" "$T/done" || fail "the dry run told other steps"
[ "$(grep -c ' restore ' "$T/done") $(grep -c ' move ' "$T/done")" = '3 2' ] || fail "steps: $(cat "$T/done")"
[ "$(records summary restored quarantined unmatched missing)" = '3 2 2 1' ] || fail "summary: $(records summary restored quarantined unmatched missing)"
records file path status | sort | grep -qx 'model.bin unmatched' || fail "the files are not told as they were found"
expect_status 0 verify-sha "hf:$T/hub"

# A source that is not what its names say is refused and named; the next one serves.
damaged
cp -a "$T/source" "$T/liar"
printf z | dd of="$T/liar/$repo/blobs/$large" conv=notrunc status=none
expect_status 1 verify-sha "hf:$T/hub" --repair-from "hf:$T/liar"
expect_text "$T/err" "$T/liar/$repo/blobs/$large"
printf y | dd of="$T/liar/$repo/blobs/$large" conv=notrunc status=none
cmp "$T/hub/$repo/blobs/$large" "$T/liar/$repo/blobs/$large" || fail "a bad source was taken"
[ -s "$T/hub/$repo/blobs/$small" ] || fail "what the source has right was not restored"
expect_status 0 verify-sha "hf:$T/hub" --repair-from "hf:$T/liar" --repair-from "hf:$T/source"
expect_text "$T/err" "$T/liar/$repo/blobs/$large"

# A state says matched of what was restored.
damaged
expect_status 0 verify-sha "hf:$T/hub" --repair-from "hf:$T/source" --state "$T/state"
expect_no_text "$T/state" unmatched
expect_no_text "$T/state" undownload
expect_status 0 verify-sha "hf:$T/hub" --state "$T/state" --json
[ "$(records summary matched skipped bytes_hashed)" = '0 5 0' ] || fail "restored files are read again: $(records summary matched skipped bytes_hashed)"

# A client holds the lock of one content: that one is left, the others are mended.
damaged
mkdir -p "$T/hub/.locks/$repo"
exec 9>"$T/hub/.locks/$repo/$large.lock"
flock 9
expect_status 5 verify-sha "hf:$T/hub" --repair-from "hf:$T/source" --quarantine "$T/held" --wait 0s
expect_text "$T/err" '--wait 1h waits longer'
[ ! -e "$T/held/$repo/blobs/$large" ] && [ -s "$T/hub/$repo/blobs/$large" ] && [ -s "$T/hub/$repo/blobs/$small" ] ||
  fail "a held content was touched, or another one was not mended"
exec 9>&-
expect_status 0 verify-sha "hf:$T/hub" --repair-from "hf:$T/source"

# What has the name in the quarantine stays, and on another file system nothing is lost.
damaged
expect_status 1 verify-sha "hf:$T/hub" --quarantine "$T/aside"
[ -s "$T/aside/$repo/blobs/$large" ] && cmp "$T/aside/$repo/blobs/$large" "$T/aside/$repo/blobs/$large.1" || fail "no second name: $(find "$T/aside")"
[ "$(verify-sha "hf:$T/hub" 2>/dev/null | grep -c 'should download$')" -eq 3 ] || fail "what was moved is not missing"
use_memory
damaged
cp "$T/hub/$repo/blobs/$large" "$T/bad"
expect_status 1 verify-sha "hf:$T/hub" --quarantine "$memory/aside" --json
cmp "$T/bad" "$memory/aside/$repo/blobs/$large" || fail "the copy is another content"
[ ! -e "$T/hub/$repo/blobs/$large" ] || fail "the bad content was not moved"
if [ "$(stat -c %d "$memory")" != "$(stat -c %d "$T")" ]; then
  [ "$(records quarantine method | sort -u)" = "$(printf 'copy\nrename')" ] || fail "methods: $(records quarantine method)"
fi

# A cache without links, and a shared store; in that two repos are mended at once, and a payload that contents of other names share stays.
expect_status 0 cache2cache --from "hf:$T/source" --to "hf:$T/plain" --cache-layout files
file=$(find "$T/plain" -path '*/sub/model.bin' -type f)
printf y | dd of="$file" conv=notrunc status=none
expect_status 0 verify-sha "hf:$T/plain" --repair-from "hf:$T/source"
[ -f "$file" ] && cmp "$file" "$T/small/clone/model.bin" || fail "a plain file is not mended"
cp -a "$T/source" "$T/demo"
mv "$T/demo/$repo" "$T/demo/models--org--demo"
"$support/shared_cache.sh" "$T/demo" "$T/shared"
payload=$(readlink -f "$T/shared/models--org--twin/blobs/$large")
chmod u+w "$payload"
printf y | dd of="$payload" conv=notrunc status=none
chmod 444 "$payload"
cp -a "$T/shared" "$T/mixed"
expect_status 0 verify-sha "hf:$T/shared" --repair-from "hf:$T/source"
expect_status 0 verify-sha "hf:$T/shared"
[ -L "$T/shared/models--org--twin/blobs/$large" ] && [ "$(stat -c %a "$payload")" = 444 ] || fail "the shared store is none any more"
payload=${payload/shared/mixed}
other=$(printf 'y%s' "$(tail -c +2 "$T/small/clone/model.bin")" | head -c 70000 | sha256sum | cut -c1-64)
ln -s "$(readlink "$T/mixed/models--org--twin/blobs/$large")" "$T/mixed/models--org--twin/blobs/$other"
echo "models--org--twin/blobs/$other" >>"$payload.refs"
before=$(sha256sum <"$payload")
expect_status 0 verify-sha "hf:$T/mixed" --repair-from "hf:$T/source"
[ "$(sha256sum <"$payload")" = "$before" ] || fail "a payload was replaced that others use"
[ -f "$T/mixed/models--org--twin/blobs/$large" ] && [ ! -L "$T/mixed/models--org--twin/blobs/$large" ] || fail "no content of its own"

# A signal after the first content: that one stays, the rest is as it was, nothing is left over, and the next run goes on.
need strace
damaged
status=0
strace -f -qq -o "$T/trace" -e trace=renameat2 -e inject=renameat2:signal=INT:when=1 \
  verify-sha "hf:$T/hub" --repair-from "hf:$T/source" -j1 --state "$T/interrupted" >"$T/out" 2>"$T/err" || status=$?
[ "$status" -eq 130 ] || fail "a signal makes $status: $(cat "$T/err")"
[ -s "$T/hub/$repo/blobs/$small" ] || fail "what was restored before the signal is gone"
! cmp -s "$T/hub/$repo/blobs/$large" "$T/source/$repo/blobs/$large" || fail "the signal was not heeded"
[ ! -e "$T/hub/$repo/.modelcache/tmp" ] && [ -z "$(find "$T/hub" -name '*.incomplete')" ] || fail "left over: $(find "$T/hub")"
expect_status 0 verify-sha "hf:$T/hub" --repair-from "hf:$T/source" --state "$T/interrupted"

# A list must not lead to files that git or a client runs or believes.
mkdir "$T/dir"
cp "$T/small/clone/config.json" "$T/dir"
git -C "$T/dir" init -q
digest=$(sha256sum <"$T/small/clone/model.bin" | cut -c1-64)
printf '%s  %s\n' "$digest" .git/hooks/post-checkout "$digest" .cache/huggingface/trees/x "$digest" sub/model.bin >"$T/list"
expect_status 1 verify-sha "dir:$T/dir" --manifest "$T/list" --repair-from "clone:$T/small/clone"
[ ! -e "$T/dir/.git/hooks/post-checkout" ] && [ ! -e "$T/dir/.cache" ] || fail "a file of git's or the client's was written"
cmp "$T/dir/sub/model.bin" "$T/small/clone/model.bin" || fail "an honest file was not restored"

# Without permission.
damaged
chmod -R a-w "$T/hub"
listing "$T/hub" >"$T/before"
as_user=()
if [ "$(id -u)" -eq 0 ]; then
  as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  chmod 755 "$T"
fi
expect_status 3 "${as_user[@]}" verify-sha "hf:$T/hub" --repair-from "hf:$T/source" --allow-foreign-owner
expect_text "$T/err" 'Permission denied'
listing "$T/hub" | diff "$T/before" - || fail "something changed without permission"
