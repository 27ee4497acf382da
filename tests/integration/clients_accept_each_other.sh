#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What each client wrote, all of them accept by the same questions that our caches are asked: these ask for nothing that only we do.
. "$(dirname "$0")/lib.sh"

make_clone
revisions=(main dev v1.0 refs/pr/1)
python3 "$support/expected_listing.py" "$T/repo/origin.git" "${revisions[@]}" >"$T/expected.json"
start_hub --repo "model:org/demo=$T/repo/origin.git" --page 7

# The counter of the hub sees a download: without that, "no body byte" means nothing.
content=$(python3 - "$T/expected.json" <<'PY'
import json, sys
commits = json.load(open(sys.argv[1]))["commits"].values()
print(sum({file["etag"]: file["size"] for files in commits for file in files.values()}.values()))
PY
)
fill() { # CLIENT
  case $1 in
    js) (cd "$clients" && node "$top/tests/clients/fill_cache.mjs" "$T/js" org/demo "$hub" "${revisions[@]}") ;;
    *) HF_ENDPOINT=$hub HF_HUB_DISABLE_PROGRESS_BARS=1 "$clients/$1/bin/python" "$top/tests/clients/fill_cache.py" "$T/$1" org/demo ;;
  esac >"$T/out" 2>&1 || fail "$1 fills no cache: $(cat "$T/out")"
}

for writer in hf2 hf0 js; do
  before=$(body_bytes)
  fill "$writer"
  sent=$(($(body_bytes) - before))
  [ "$sent" -ge "$content" ] || fail "$writer downloaded $content bytes, but the hub counted $sent"
  for reader in hf2 hf0 js transformers; do
    rm -rf "$T/copy"
    cp -a "$T/$writer" "$T/copy"
    # Its scan warns of the tag that newer clients leave at the root.
    [ "$reader" != hf0 ] || rm -f "$T/copy/CACHEDIR.TAG"
    accepts "$reader" "$T/copy" org/demo || fail "$reader does not accept what $writer wrote: $(cat "$T/err")"
  done
done
