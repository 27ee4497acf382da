#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What we write for AI Studio and ModelScope, from a clone, a directory and a hub cache, the real SDKs take for their own: no byte of a
# file comes over the network, and after a change exactly the changed file. What the SDKs wrote we turn into a hub cache that
# huggingface_hub loads offline.
. "$(dirname "$0")/lib.sh"
. "$support/sdk.sh"

serve_sample demo
clone_served demo
cat >"$T/plain.json" <<'JSON'
[{"branch": "master", "files": {"README.md": "# Plain\n", "config.json": "{}\n", "sub/empty.txt": "", "größe/说明.md": "模型\n",
  "sub/big.bin": {"lfs": 6000000, "seed": "big"}, "sub/small.bin": "regular\n"}}]
JSON
serve_sample plain --description "$T/plain.json"
clone_served plain
for client in "${sdk_clients[@]}"; do
  cp -a "$T/demo.git" "$T/$client.git"
  start_mock "$client" --repo "model:org/demo=$T/$client.git" --repo "model:org/name-1.5=$T/demo.git" \
    --repo "dataset:org/data=$T/demo.git" --repo "model:org/plain=$T/plain.git"
done

# accepted CLIENT CACHE ID [ARGUMENT...]: on a copy, since the SDK writes too
accepted() {
  rm -rf "$T/copy-$1"
  cp -a "$2" "$T/copy-$1"
  sdk_accepts "$1" "$3" --cache "$T/copy-$1" "${@:4}" || fail "$1 does not take $3 in $2: $(cat "$T/$1.out")"
}

layout_of() { case $1 in studio) echo aistudio ;; *) echo modelscope ;; esac }
options_of() { case $1 in scope1) echo --modelscope-version 1.37 ;; esac }

# From a clone: models with dots too, and a dataset.
from_clone() {
  local client=$1 place=$T/$1-clone to
  to=$(layout_of "$client"):$place
  for repo in org/demo org/name-1.5 datasets/org/data; do
    # shellcheck disable=SC2046
    clone2cache "$T/demo" --repo "$repo" --to "$to" $(options_of "$client") 2>"$T/$client.err" >"$T/$client.path" ||
      fail "clone2cache: $(cat "$T/$client.err")"
    [ "$(cat "$T/$client.path")" = "$(sdk_folder "$client" "$place" "$(case $repo in datasets/*) echo dataset ;; *) echo model ;; esac)" \
      "${repo#datasets/}" master)" ] || fail "clone2cache prints another path: $(cat "$T/$client.path")"
  done
  accepted "$client" "$place" org/demo
  accepted "$client" "$place" org/name-1.5
  accepted "$client" "$place" org/data --type dataset
  # The same bytes as the SDK wrote, which downloads one file at a time here.
  sdk_fills "$client" org/demo --cache "$T/$client-own" || fail "$client does not download: $(cat "$T/$client.out")"
  [ "$client" = scope2 ] || for file in .msc .mdl .mv; do
    cmp "$(sdk_folder "$client" "$T/$client-own" model org/demo master)/$file" \
      "$(sdk_folder "$client" "$place" model org/demo master)/$file" || fail "$file is not the SDK's"
  done
}

# From a hub cache; the releases of modelscope before 1.38 take the history of a clone.
from_hub() {
  local client=$1 place=$T/$1-hub to
  to=$(layout_of "$client"):$place
  if [ "$client" = scope1 ]; then
    expect_status 6 cache2cache org/demo --from "hf:$T/hub" --to "$to" --modelscope-version 1.37
    expect_text "$T/err" 'last commit'
    [ ! -e "$place" ] || fail "something was written"
    return 0
  fi
  cache2cache --from "hf:$T/hub" --to "$to" 2>"$T/$client.err" >/dev/null || fail "cache2cache: $(cat "$T/$client.err")"
  accepted "$client" "$place" org/demo
  # And back: the same contents under the same names.
  cache2cache --from "$to" --to "hf:$T/$client-back" 2>"$T/$client.err" >/dev/null || fail "back: $(cat "$T/$client.err")"
  diff <(ls "$T/hub/models--org--demo/blobs") <(ls "$T/$client-back/models--org--demo/blobs") || fail "other blobs come back"
}

from_directory() {
  local client=$1 place=$T/$1-directory to
  to=$(layout_of "$client"):$place
  [ "$client" = scope1 ] && return 0
  dir2cache "$T/directory" --repo org/plain --to "$to" 2>"$T/$client.err" >/dev/null || fail "dir2cache: $(cat "$T/$client.err")"
  accepted "$client" "$place" org/plain
}

# What the SDK wrote, as cache-scan and cache-meta see it.
is_seen() {
  local client=$1 place=$T/$1-own
  cache-scan --strict --check --json "$(layout_of "$client"):$place" >"$T/$client.scan" || fail "findings in what $client wrote: $(cat "$T/$client.scan")"
  expect_text "$T/$client.scan" '"repo":"org/demo","repo_type":"model"'
  [ "$client" = studio ] || return 0
  cache-meta "$(sdk_folder "$client" "$place" model org/demo master)" --check >"$T/$client.meta" 2>&1 || fail "$(cat "$T/$client.meta")"
  expect_text "$T/$client.meta" ' 0 unmatched, 0 missing, 0 unverifiable; 0 files without entry'
}

# ... and as a hub cache.
to_hub() {
  local client=$1 from
  from=$(layout_of "$client"):$T/$1-own
  cache2cache --from "$from" --to "hf:$T/$client-hf" 2>"$T/$client.err" >/dev/null || fail "cache2cache: $(cat "$T/$client.err")"
  HF_HUB_OFFLINE=1 "$clients/hf2/bin/python" - "$T/$client-hf" "$(sdk_folder "$client" "$T/$client-own" model org/demo master)" <<'PY' ||
import pathlib, sys
from huggingface_hub import snapshot_download

cache, own = sys.argv[1], pathlib.Path(sys.argv[2])
for revision in ("main", "master"):
    loaded = pathlib.Path(snapshot_download("org/demo", revision=revision, cache_dir=cache, local_files_only=True))
    files = [path.relative_to(own) for path in own.rglob("*") if path.is_file() and path.name not in (".msc", ".mdl", ".mv")]
    assert len(files) > 8, files
    for path in files:
        assert (loaded / path).read_bytes() == (own / path).read_bytes(), path
PY
    fail "huggingface_hub does not load what $client wrote"
}

run_client() {
  from_clone "$1"
  from_hub "$1"
  from_directory "$1"
  is_seen "$1"
  to_hub "$1"
  # Last: the repo has another version of one file.
  serve_sample "$1" --description <(echo '[{"branch": "master", "files": {"README.md": "changed"}}]')
  accepted "$1" "$T/$1-clone" org/demo --changed README.md
}

clone2cache "$T/demo" --repo org/demo --to "hf:$T/hub" >/dev/null 2>&1
cp -r "$T/plain" "$T/directory"
rm -rf "$T/directory/.git"
# Without .gitattributes git lfs leaves its pointers in the worktree.
find "$T/plain/.git/lfs/objects" -type f -exec cp {} "$T/directory/sub/big.bin" \;
running=()
for client in "${sdk_clients[@]}"; do
  (trap - EXIT && run_client "$client") &
  running+=($!)
done
for one in "${running[@]}"; do wait "$one" || fail "see above"; done

# Both clients of ModelScope hit one older tree.
accepted scope1 "$T/scope1-clone" org/name-1.5
