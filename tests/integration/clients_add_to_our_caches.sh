#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A client adds revisions to a cache that clone2cache made: it downloads only what is not there, and all that we wrote stays as it is.
. "$(dirname "$0")/lib.sh"

make_clone
python3 "$support/expected_listing.py" "$T/repo/origin.git" main dev v1.0 refs/pr/1 >"$T/expected.json"
export HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/ours" --revision main

for client in hf2 hf0 js; do
  cp -a "$T/ours" "$T/$client"
  # The ref that was asked for is written again, and equal, by huggingface_hub before 1.31 and by the JavaScript client.
  entries "$T/$client" | grep -v '/refs/main ' >"$T/before"
  start_hub --repo "model:org/demo=$T/repo/origin.git"
  case $client in
    js) (cd "$clients" && node "$top/tests/clients/fill_cache.mjs" "$T/js" org/demo "$hub" main dev v1.0 refs/pr/1) ;;
    *) HF_ENDPOINT=$hub "$clients/$client/bin/python" "$top/tests/clients/fill_cache.py" "$T/$client" org/demo ;;
  esac >"$T/out" 2>&1 || fail "$client downloads nothing: $(cat "$T/out")"
  kept "$T/before" "$T/$client" "$client adds to our cache"
  python3 - "$hub" "$T/expected.json" <<'PY' || fail "$client downloads other contents than those that were not there"
import json, sys, urllib.request
sent = json.load(urllib.request.urlopen(sys.argv[1] + "/_counters"))["body_bytes"]
expected = json.load(open(sys.argv[2]))
files = {ref: {file["etag"]: file["size"] for file in expected["commits"][commit].values()} for ref, commit in expected["refs"].items()}
added = {**files["dev"], **files["refs/pr/1"]}
missing = [size for etag, size in added.items() if etag not in files["main"]]
# The JavaScript client asks for a first byte of each file before the rest.
assert missing and sum(missing) <= sent <= sum(missing) + len(missing), (missing, sent)
PY
  expect_status 0 cache-scan "hf:$T/$client" --strict --check
  # A revision that a client added is a revision like ours.
  entries "$T/$client" >"$T/before"
  expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/$client" --all-refs
  kept "$T/before" "$T/$client" "we add to what $client added"
  [ "$client" != hf2 ] || expect_text "$T/err" 'nothing written'
  accepts "$client" "$T/$client" org/demo || fail "$client does not accept what both wrote: $(cat "$T/err")"
  echo "$client: downloaded what was missing, kept the rest"
done
