#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# On one file system nothing is copied into a tree of AI Studio or ModelScope, and an id that the hub's listing tells is not computed: a
# sparse file of 64 GiB, which no disk here could hold and no hash would come through, is there at once.
. "$(dirname "$0")/lib.sh"

commit=$(printf 'c%.0s' {1..40})
content=$(printf '5%.0s' {1..64})
pointer=$(printf 'e%.0s' {1..40})
repo=$T/hub/models--org--demo
size=$((64 << 30)) # bytes
mkdir -p "$repo"/{blobs,trees,refs} "$repo/snapshots/$commit/sub"
truncate -s $size "$repo/blobs/$content" 2>/dev/null || truncate -s $((size = 15 << 30)) "$repo/blobs/$content"
printf '{}\n' >"$repo/blobs/0967ef424bce6791893e9a57bb952f80fd536e93"
ln -s ../../blobs/0967ef424bce6791893e9a57bb952f80fd536e93 "$repo/snapshots/$commit/config.json"
ln -s "../../../blobs/$content" "$repo/snapshots/$commit/sub/model.bin"
printf '%s' "$commit" >"$repo/refs/main"
cat >"$repo/trees/$commit.json" <<JSON
{"format_version":1,"files":{"config.json":{"size":3,"blob_id":"0967ef424bce6791893e9a57bb952f80fd536e93"},
"sub/model.bin":{"size":$size,"blob_id":"$pointer","lfs_sha256":"$content","lfs_size":$size}}}
JSON

inode() { stat -c %i "$1"; }

# shared LAYOUT FOLDER
shared() {
  expect_status 0 cache2cache org/demo --from "hf:$T/hub" --to "$1:$T/$1" --link hardlink --verify size --json
  [ "$(inode "$T/$1/$2/sub/model.bin")" = "$(inode "$repo/blobs/$content")" ] || fail "$1: it is another file"
  python3 - "$T/out" <<'PY' || fail "$1: something was copied: $(cat "$T/out")"
import json, sys

records = [json.loads(line) for line in open(sys.argv[1])]
entries = {record["path"]: record for record in records if record["record"] == "entry"}
assert entries["sub/model.bin"]["method"] == "hardlink", entries
assert sum(record["bytes_written"] for record in records if record["record"] == "result") < 1000, records
PY
}
again() { # LAYOUT: nothing is left to do, and nothing is hashed to see that
  expect_status 0 cache2cache org/demo --from "hf:$T/hub" --to "$1:$T/$1" --link hardlink --verify size
  expect_text "$T/err" 'nothing written'
}
shared aistudio models/org/demo
python3 "$support/read_marks.py" "$T/aistudio/models/org/demo" >"$T/marks"
expect_text "$T/marks" "$pointer"
expect_text "$T/marks" 0967ef424bce6791893e9a57bb952f80fd536e93
# One more link to a file is a change to it, so each tree is looked at before the next one is made.
again aistudio
shared modelscope models/org--demo/snapshots/master
again modelscope
