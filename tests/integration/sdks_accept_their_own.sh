#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The real SDKs of AI Studio and ModelScope download from the mock servers, take what they wrote for their own without another byte, and
# note what the layouts' description says; verify-sha accuses none of it. What other tests prove with these clients stands on this.
. "$(dirname "$0")/lib.sh"
. "$support/sdk.sh"

serve_sample demo
# modelscope takes a short page of a dataset for the last, so only the other one gets more pages than one.
declare -A page=([studio]=5 [scope1]=10000 [scope2]=10000)
for client in "${sdk_clients[@]}"; do
  cp -a "$T/demo.git" "$T/$client.git"
  start_mock "$client" --page "${page[$client]}" --repo "model:org/demo=$T/$client.git" --repo "model:org/name-1.5=$T/demo.git" \
    --repo "dataset:org/data=$T/demo.git"
done

# wanted_files CLIENT TYPE REVISION: the files of the repo that the SDK downloads
wanted_files() {
  git -C "$T/demo.git" ls-tree -r -z --name-only "$3" | tr '\0' '\n' | case $1-$2 in
    studio-*) grep -vx '\.gitattributes\|\.gitignore' ;;
    scope1-model) grep -vx '\(.*/\)\?\(\.gitattributes\|\.gitignore\)' ;;
    *) cat ;;
  esac | sort
}

# fills_and_accepts CLIENT TYPE ID REVISION
fills_and_accepts() {
  local folder
  folder=$(sdk_folder "$1" "$T/$1" "$2" "$3" "$4")
  sdk_fills "$1" "$3" --type "$2" --revision "$4" --cache "$T/$1" || fail "$1 does not download $3: $(cat "$T/$1.out")"
  (cd "$folder" && find . -type f ! -name '.m??' ! -name .mv -printf '%P\n' | sort) >"$T/$1.found"
  wanted_files "$1" "$2" "$4" | diff - "$T/$1.found" || fail "$1 has other files of $3"
  sdk_accepts "$1" "$3" --type "$2" --revision "$4" --cache "$T/$1" || fail "$3: $(cat "$T/$1.out")"
  python3 "$support/read_marks.py" "$folder" >"$T/$1.marks" || fail "$1 notes something else"
  python3 - "$1" "$2" "$3" "$4" "$T/$1.marks" "$T/demo.git" <<'PY' || fail "$1 notes of $3: $(cat "$T/$1.marks")"
import json, subprocess, sys

client, kind, repo_id, revision, marks, repo = sys.argv[1:]
marks = json.load(open(marks))

def git(*words):
    return subprocess.run(["git", "-C", repo, *words], check=True, capture_output=True, text=True).stdout.strip()

if client == "scope2":
    assert marks == {"files": None, "id": None, "version": None}
    sys.exit()
assert marks["id"] == repo_id.replace(".", "___")
lines = git("ls-tree", "-r", "-z", revision).split("\0")[:-1]
ids = {line.split("\t", 1)[1]: line.split()[2] for line in lines}
for path, noted in marks["files"]:
    assert noted == (ids[path] if client == "studio" else git("log", "-1", "--format=%H", revision, "--", path)), path
commit = git("rev-parse", revision + "^{commit}")
if client == "studio":
    assert marks["version"] == f"Revision:{commit},CreatedAt:unknown"
else:
    assert marks["version"] == (revision if kind == "dataset" else f"Revision:{revision},CreatedAt:{git('log', '-1', '--format=%ct', commit)}")
PY
}

run_client() {
  local client=$1 folder=$T/$1-folder
  fills_and_accepts "$client" model org/demo master
  fills_and_accepts "$client" model org/name-1.5 v1.0
  fills_and_accepts "$client" dataset org/data master
  sdk_fills "$client" org/demo --local-dir "$folder" || fail "$client does not download into a directory: $(cat "$T/$client.out")"
  sdk_accepts "$client" org/demo --local-dir "$folder" || fail "a directory: $(cat "$T/$client.out")"
  sdk_fills "$client" org/demo README.md 'sub/part #2 (100%).bin' --home "$T/$client-home" || fail "files: $(cat "$T/$client.out")"

  # AI Studio's index proves contents, ModelScope's says nothing of them.
  local layout=modelscope word=unverifiable
  [ "$client" != studio ] || layout=aistudio word=matched
  for place in "$layout:$T/$client" "dir:$folder"; do
    verify-sha "$place" >"$T/$client.out" || fail "verify-sha accuses what $client wrote: $(cat "$T/$client.out")"
    [ "$(grep -c "  $word\$" "$T/$client.out")" -gt 5 ] || fail "nothing of $client is $word: $(cat "$T/$client.out")"
  done

  # Controls: what is not there is told, and fetched alone, as is what the repo has anew.
  folder=$(sdk_folder "$client" "$T/$client" model org/demo master)
  rm "$folder/sub/weights.pt" "$folder/config.json"
  cp -a "$T/$client" "$T/$client.damaged"
  ! sdk_accepts "$client" org/demo --cache "$T/$client.damaged" || fail "$client accepts a cache without two files: this proves nothing"
  serve_sample "$client" --description <(echo '[{"branch": "master", "files": {"README.md": "changed"}}]')
  ! sdk_accepts "$client" org/demo --cache "$T/$client.damaged" --changed sub/weights.pt --changed config.json ||
    fail "$client overlooks a new version"
  sdk_accepts "$client" org/demo --cache "$T/$client" --changed sub/weights.pt --changed config.json --changed README.md ||
    fail "three files: $(cat "$T/$client.out")"
}

running=()
for client in "${sdk_clients[@]}"; do
  (trap - EXIT && run_client "$client") &
  running+=($!)
done
for one in "${running[@]}"; do wait "$one" || fail "see above"; done
curl -s "${hubs[studio]}/_counters" >"$T/counters"
expect_text "$T/counters" 'CONNECT aistudio.baidu.com:443'
expect_text "$T/counters" 'page=2'

# What other tests start from: a clone with all large files, and the same repo from a directory.
clone_served demo
cmp "$T/demo/sub/weights.pt" "$(sdk_folder scope2 "$T/scope2" model org/demo master)/sub/weights.pt" || fail "other bytes in the clone"
rm -rf "$T/demo/.git"
serve_sample again --directory "$T/demo" --large 60000
git -C "$T/demo.git" ls-tree -r master sub/weights.pt sub/deep/same.bin README.md >"$T/wanted"
git -C "$T/again.git" ls-tree -r master sub/weights.pt sub/deep/same.bin README.md | diff "$T/wanted" - || fail "other ids from a directory"

# Faults are there when they are asked for. The id of a file in a folder:
asked='contents/sub%2Fweights.pt'
sound=$(curl -s "${hubs[studio]}/api/v1/repos/org/demo/$asked")
told() { # ARGUMENT...: what the mock tells with these faults
  start_mock studio "$@"
  curl -s -m 10 -w '\n%{http_code}\n' "${hubs[studio]}/api/v1/repos/org/demo/$asked" || true
  kill "$mock"
}
without_port() { sed 's/127.0.0.1:[0-9]*/HOST/g'; }
[ "$(told | head -n 1 | without_port)" = "$(without_port <<<"$sound")" ] || fail "without faults, the mock tells something else"
expect_text <(told --fail 503) 503
expect_text <(told --redirect http://127.0.0.1:1/) 302
expect_no_text <(told --stall 0.1) '}'
expect_no_text <(told --cut) '}'
[ "$(told --nest 5000 | tr -dc '[' | wc -c)" -eq 5000 ] || fail "--nest does not nest"
[ "$(told --swell 100000 | wc -c)" -gt 100000 ] || fail "--swell does not swell"
expect_text <(told --lie-size 5) '"size": 60005'
expect_no_text <(told --lie-id) "$(git -C "$T/demo.git" rev-parse master:sub/weights.pt)"
expect_text <(told --lie-path ../escape) '"path": "../escape"'
