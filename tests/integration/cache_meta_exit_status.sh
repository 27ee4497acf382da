#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each way in which cache-meta can end: its code, what it says, and what it leaves in the directory.
. "$(dirname "$0")/lib.sh"
. "$support/sdk.sh"

export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 AISTUDIO_ACCESS_TOKEN=5ecr3t
unset STUDIO_GIT_HOST
serve_sample demo
git clone -q "$T/demo.git" "$T/repo" 2>/dev/null
git -C "$T/repo" lfs fetch -q --all origin >/dev/null 2>&1 || true
git -C "$T/repo" lfs checkout >/dev/null 2>&1
[ "$(stat -c %s "$T/repo/model.safetensors")" -eq 60000 ] || fail "the sample has no large files"

# fresh: $T/dir, the files without anything beside them
fresh() {
  rm -rf "$T/dir"
  cp -a "$T/repo" "$T/dir"
  rm -rf "$T/dir/.git"
}
# ends STATUS TEXT ARGUMENT...: also as JSON; TEXT is on stdout or stderr, the token nowhere
ends() {
  local status=$1 text=$2
  shift 2
  expect_status "$status" cache-meta "$@"
  cat "$T/out" "$T/err" >"$T/said"
  expect_text "$T/said" "$text"
  expect_no_text "$T/said" 5ecr3t
  expect_status "$status" cache-meta "$@" --json
  expect_no_text "$T/out" 5ecr3t
  [ "$status" -eq 2 ] && [ ! -s "$T/out" ] && return 0
  tail -n 1 "$T/out" | python3 -c 'import json, sys; r = json.load(sys.stdin); assert r["record"] == "summary" and r["status"] == int(sys.argv[1]), r' "$status" ||
    fail "the last record is $(tail -n 1 "$T/out")"
}
# untouched STATUS TEXT ARGUMENT...: and the directory stays as it is
untouched() {
  listing "$T/dir" >"$T/before"
  ends "$@"
  listing "$T/dir" | diff "$T/before" - || fail "'${*:3}' changes the directory"
}
marks() {
  python3 "$support/read_marks.py" "$T/dir" >"$T/marks" || fail "other programs do not read what was written"
}

# 2: usage, and nothing is touched
fresh
untouched 2 'takes one directory'
untouched 2 'takes one directory' "$T/dir" "$T/dir"
untouched 2 'one thing at a time' "$T/dir" --check --rebuild
untouched 2 'goes with --rebuild only' "$T/dir" --hub
untouched 2 'goes with --rebuild only' "$T/dir" --check --repo org/demo
untouched 2 'nothing tells its repo' "$T/dir" --rebuild
untouched 2 'without @REVISION' "$T/dir" --rebuild --repo org/demo@main
untouched 2 'OWNER/NAME' "$T/dir" --rebuild --repo demo
untouched 2 'OWNER/NAME' "$T/dir" --rebuild --repo space/org/demo
untouched 2 '--revision takes a commit' "$T/dir" --rebuild --repo org/demo --revision master
untouched 2 'auto or patterns' "$T/dir" --rebuild --repo org/demo --lfs auto --lfs '*.bin'
untouched 2 '--pointer-newline takes one of' "$T/dir" --rebuild --repo org/demo --pointer-newline maybe
untouched 2 'goes with --hub only' "$T/dir" --rebuild --repo org/demo --timeout 3s
untouched 2 'does not go with --hub' "$T/dir" --rebuild --repo org/demo --hub --lfs '*.bin'
untouched 2 'is not a directory' "$T/dir/config.json"
STUDIO_GIT_HOST=ftp://127.0.0.1 untouched 2 'not an http or https url' "$T/dir" --rebuild --repo org/demo --hub

# 4: nothing to show, nothing there
untouched 4 'no .msc, no .mdl and no .mv' "$T/dir"
untouched 4 'no .msc, no .mdl and no .mv' "$T/dir" --check
ends 4 'nowhere' "$T/nowhere"
ends 4 'nowhere' "$T/nowhere" --rebuild --repo org/demo

# 0: a dry run, the run, a second one, and what they show
commit=$(git -C "$T/demo.git" rev-parse master)
untouched 0 'would write .mv, .mdl, .msc' "$T/dir" --rebuild --repo org/demo --revision "$commit" --dry-run
expect_status 0 cache-meta "$T/dir" --rebuild --repo org/demo --revision "$commit"
expect_text "$T/err" '0 removed; .mv, .mdl, .msc written'
expect_text "$T/err" 'without final newline'
grep -qxE "added    [0-9a-f]{40}  sub/deep/same.bin" "$T/out" || fail "the entries are not shown: $(cat "$T/out")"
marks
python3 - "$T/marks" "$T/demo.git" "$commit" <<'PY' || fail "the index is not git's: $(cat "$T/marks")"
import json, subprocess, sys
marks = json.load(open(sys.argv[1]))
lines = subprocess.run(["git", "-C", sys.argv[2], "ls-tree", "-r", "-z", sys.argv[3]], check=True, capture_output=True, text=True).stdout
ids = {line.split("\t", 1)[1]: line.split()[2] for line in lines.split("\0")[:-1]}
told = dict(marks["files"])
assert set(told) == set(ids) - {".gitattributes", ".gitignore"}, set(told) ^ set(ids)
# Two of its pointers end with a newline: only the server knows.
assert {path for path in told if told[path] != ids[path]} == {"sub/part #2 (100%).bin", "sub/small.bin"}
assert marks["id"] == "org/demo" and marks["version"] == f"Revision:{sys.argv[3]},CreatedAt:unknown"
PY
[ "$(stat -c %a "$T/dir/.msc")" = "$(stat -c %a "$T/dir/config.json")" ] || fail ".msc has a mode of its own"
untouched 0 'nothing to write' "$T/dir" --rebuild
untouched 0 '.mdl  org/demo' "$T/dir"
untouched 0 ' 0 unmatched, 0 missing' "$T/dir" --check
cache-meta "$T/dir" --json >"$T/out"
python3 - "$T/out" "$T/marks" <<'PY' || fail "the records are not what is in the files"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
marks = json.load(open(sys.argv[2]))
values = {record["file"]: record["value"] for record in records if record["record"] == "meta"}
assert all(record["warnings"] == [] for record in records if record["record"] == "meta")
assert values[".mdl"] == {"id": marks["id"]} and [[one["Path"], one["Revision"]] for one in values[".msc"]] == marks["files"]
assert list(values[".mv"].values()) == [marks["version"][9:49], "unknown"], values[".mv"]
PY

# 1: problems are found, or files are left out
printf 'other' >"$T/dir/config.json"
rm "$T/dir/README.md"
echo new >"$T/dir/new"
untouched 1 'blob_corrupt: config.json' "$T/dir" --check
expect_text "$T/said" 'blob_missing: README.md'
expect_text "$T/said" 'stray_entry: new'
cp "$T/repo/README.md" "$T/repo/config.json" "$T/dir"
untouched 0 'stray_entry: new' "$T/dir" --check
untouched 1 'stray_entry: new' "$T/dir" --check --strict
git -C "$T/demo.git" cat-file blob master:model.safetensors >"$T/dir/model.safetensors"
expect_status 1 cache-meta "$T/dir" --rebuild
expect_text "$T/err" 'pointer_text: model.safetensors'
expect_text "$T/out" 'model.safetensors'
cp "$T/repo/model.safetensors" "$T/dir"

# --hub, 0 and 1: the server's ids, for what it has in this form
start_mock studio
export STUDIO_GIT_HOST=${hubs[studio]}
expect_status 1 cache-meta "$T/dir" --rebuild --hub
expect_text "$T/err" 'stray_entry: new: the server does not have it'
rm "$T/dir/new"
expect_status 0 cache-meta "$T/dir" --rebuild --hub
marks
python3 - "$T/marks" "$T/demo.git" <<'PY' || fail "the index is not the server's: $(cat "$T/marks")"
import json, subprocess, sys
marks = json.load(open(sys.argv[1]))
lines = subprocess.run(["git", "-C", sys.argv[2], "ls-tree", "-r", "-z", "master"], check=True, capture_output=True, text=True).stdout
ids = {line.split("\t", 1)[1]: line.split()[2] for line in lines.split("\0")[:-1]}
assert dict(marks["files"]) == {path: ids[path] for path in ids if path not in (".gitattributes", ".gitignore")}
PY
curl -s "$STUDIO_GIT_HOST/_counters" >"$T/counters"
expect_text "$T/counters" 'contents/sub%2Fdeep'
expect_text "$T/counters" 'token 5ecr3t'
[ "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["body_bytes"])' <"$T/counters")" -eq 0 ] || fail "file bodies were asked for"
untouched 0 'nothing to write' "$T/dir" --rebuild --hub
untouched 0 'nothing to write' "$T/dir" --rebuild
untouched 0 ' 0 unmatched, 0 missing' "$T/dir" --check
echo other >"$T/dir/config.json"
untouched 1 'blob_corrupt: config.json: it is not what the server has' "$T/dir" --rebuild --hub --dry-run
expect_status 1 cache-meta "$T/dir" --rebuild --hub --revision dev
expect_text "$T/err" 'blob_corrupt: config.json'
cp "$T/repo/config.json" "$T/dir"
expect_status 0 cache-meta "$T/dir" --rebuild --hub

# --hub, 3: the server is away, silent, broken or shut; 4: it has no such repo; 6: it lies
untouched 4 'knows no model/org/none' "$T/dir" --rebuild --hub --repo org/none
untouched 4 'no such revision' "$T/dir" --rebuild --hub --revision none
listing "$T/dir" >"$T/before"
hub_says() { # STATUS TEXT FAULT...
  kill "$mock"
  start_mock studio "${@:3}"
  STUDIO_GIT_HOST=${hubs[studio]} expect_status "$1" cache-meta "$T/dir" --rebuild --hub --timeout 1s ${dry:-}
  expect_text "$T/err" "$2"
  expect_no_text "$T/err" 5ecr3t
  listing "$T/dir" | diff "$T/before" - || fail "'$3' changes the directory"
}
hub_says 3 'HTTP status 503' --fail 503
hub_says 3 'Timeout was reached' --stall 60
hub_says 3 'HTTP status 401' --fail 401
hub_says 6 'not JSON' --cut
hub_says 6 'HTTP status 418' --fail 418
hub_says 6 'a place that is not asked' --redirect file:///etc/passwd
hub_says 6 'more than 5 other places' --redirect /api/v1/repos/org/demo/contents
hub_says 6 'not directly in the folder' --lie-path ../../escape
dry=--dry-run hub_says 1 'not what the server has' --lie-id
kill "$mock"
wait "$mock" 2>/dev/null || true
STUDIO_GIT_HOST=${hubs[studio]} untouched 3 'cannot ask' "$T/dir" --rebuild --hub --timeout 1s
STUDIO_GIT_HOST=http://user:5ecr3t@127.0.0.1 untouched 2 'must not hold' "$T/dir" --rebuild --hub

# 5: a running client
mkdir -p "$T/dir/._tmp/sub"
printf %s $$ >"$T/dir/._tmp/sub/weights.pt.lock"
echo more >"$T/dir/more"
untouched 5 'weights.pt.lock' "$T/dir" --rebuild --wait 0
untouched 0 'would write .msc' "$T/dir" --rebuild --dry-run
printf 2147483646 >"$T/dir/._tmp/sub/weights.pt.lock"
expect_status 0 cache-meta "$T/dir" --rebuild --wait 0
rm -rf "$T/dir/._tmp"

# 6: pickles that would run code, by opcode and offset; garbage; a ModelScope directory; nothing at all
python3 - "$T/dir/.msc" "$T/ran" <<'PY'
import os, pickle, sys
class Evil:
    def __reduce__(self):
        return os.system, (f"touch {sys.argv[2]}",)
pickle.dump([{"Path": "config.json", "Revision": Evil()}], open(sys.argv[1], "wb"), protocol=4)
PY
offset=$(python3 -c 'import pickletools, sys; print(next(at for op, _, at in pickletools.genops(open(sys.argv[1], "rb")) if op.name == "STACK_GLOBAL"))' "$T/dir/.msc")
untouched 6 "STACK_GLOBAL at offset $offset" "$T/dir"
expect_text "$T/said" '.mdl  org/demo'
untouched 6 "STACK_GLOBAL at offset $offset" "$T/dir" --check
expect_status 0 cache-meta "$T/dir" --rebuild
expect_text "$T/err" 'it is written anew'
untouched 0 ' 0 unmatched, 0 missing' "$T/dir" --check
[ ! -e "$T/ran" ] || fail "a pickle was executed"
printf 'garbage' >"$T/dir/.msc"
untouched 6 "cannot read '.msc'" "$T/dir"
untouched 1 'index_unreadable: .msc' "$T/dir" --check
printf 'Revision:master,CreatedAt:1704164645' >"$T/dir/.mv"
untouched 6 'clone2cache --to modelscope: --modelscope-version 1.37' "$T/dir" --rebuild
mkdir "$T/empty"
ends 6 'it has no files' "$T/empty" --rebuild --repo org/demo

# 3: stdout is full; a file that may not be read is tested where there is another user
cache-meta "$T/dir" --check >/dev/full 2>"$T/err" && fail "a full stdout is no error" || [ $? -eq 3 ] || fail "a full stdout ends with another code"

# Names are shown safely and carried exactly.
rm -rf "$T/dir"
mkdir "$T/dir"
printf x >"$T/dir/$(printf 'a\xff\033[2J')"
expect_status 0 cache-meta "$T/dir" --rebuild --repo org/odd
expect_no_text "$T/out" "$(printf '\033')"
expect_status 0 cache-meta "$T/dir"
expect_text "$T/out" 'a\xff\e[2J'
expect_status 0 cache-meta "$T/dir" --json
python3 - "$T/out" <<'PY' || fail "the name is not carried exactly: $(cat "$T/out")"
import base64, json, sys
value = next(record["value"] for record in map(json.loads, open(sys.argv[1])) if record.get("file") == ".msc")
assert base64.b64decode(value[0]["Path_b64"]) == b"a\xff\033[2J", value
PY
expect_status 0 cache-meta "$T/dir" --check
