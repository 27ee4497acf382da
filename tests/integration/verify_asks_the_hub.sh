#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify-sha --hub: what the server lists is what the files have to be, no content is fetched, and a server that is away, lies or shall not
# be asked ends it with the documented status.
. "$(dirname "$0")/lib.sh"
. "$support/sdk.sh"

make_clone
start_hub --repo "model:org/demo=$T/repo/origin.git" --repo "dataset:org/data=$T/repo/origin.git" --page 5
export HF_ENDPOINT=$hub NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
clone2cache "$T/repo/clone" --to "hf:$T/hub" >/dev/null 2>&1
cache2dir org/demo "$T/dir" --from "hf:$T/hub" --no-metadata >/dev/null 2>&1
before=$(body_bytes)
for place in "$T/dir" "$T/repo/clone" "hf:$T/hub"; do
  case $place in hf:*) repo=() ;; *) repo=(--repo org/demo@main) ;; esac
  expect_status 0 verify-sha "$place" --hub "${repo[@]}" --json
  [ "$(grep -c '"source":"hub"' "$T/out")" -ge 15 ] || fail "$place: the hub was not asked: $(cat "$T/out")"
done
expect_status 0 verify-sha "$T/dir" --hub --repo dataset/org/data
[ "$(body_bytes)" = "$before" ] || fail "a content was fetched"

# A download by hand that is not whole.
rm "$T/dir/vocab.txt"
printf x >>"$T/dir/config.json"
echo more >"$T/dir/more.txt"
expect_status 1 verify-sha "$T/dir" --hub --repo org/demo
for line in 'vocab.txt  should download' 'config.json  unmatched, please download again' 'more.txt  extra'; do expect_text "$T/out" "$line"; done
# What the cache itself says is wrong where the hub has another revision under this name; the hub is believed.
expect_status 1 verify-sha "$T/dir" --hub --repo org/demo@dev

expect_status 2 verify-sha "$T/dir" --hub
expect_text "$T/err" --repo
expect_status 2 verify-sha "$T/dir" --hub --repo org/demo --manifest "$T/none"
expect_status 2 verify-sha "$T/dir" --timeout 5s
expect_status 2 verify-sha "modelscope:$T/dir" --hub --repo org/demo
for variable in HF_HUB_OFFLINE TRANSFORMERS_OFFLINE; do
  requests=$(wc -l <"$T/hub.log")
  expect_status 2 env "$variable=1" verify-sha "$T/dir" --hub --repo org/demo
  expect_text "$T/err" "$variable"
  [ "$(wc -l <"$T/hub.log")" = "$requests" ] || fail "$variable: a server was asked"
done
expect_status 4 verify-sha "$T/dir" --hub --repo org/none
expect_status 4 verify-sha "$T/dir" --hub --repo org/demo@none
HF_ENDPOINT=http://127.0.0.1:1 expect_status 3 verify-sha "$T/dir" --hub --repo org/demo --timeout 2s
HF_TOKEN=hf_secret expect_status 1 verify-sha "$T/dir" --hub --repo org/demo --json
! grep -q hf_secret "$T/out" "$T/err" || fail "the token is shown"

# lying BODY: a hub that answers each question with this
lying() {
  printf '%s' "$1" >"$T/lie"
  rm -f "$T/lying.address"
  python3 - "$T/lie" "$T/lying.address" <<'PY' &
import http.server, sys
body = open(sys.argv[1], "rb").read()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = b'{"sha": "%s"}' % (b"1" * 40) if "/revision/" in self.path else body
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
open(sys.argv[2], "w").write(f"http://127.0.0.1:{server.server_port}")
server.serve_forever()
PY
  children+=($!)
  for _ in $(seq 200); do [ -s "$T/lying.address" ] && break; sleep 0.05; done
  HF_ENDPOINT=$(cat "$T/lying.address") expect_status 6 verify-sha "$T/dir" --hub --repo org/demo
}
lying '[{"type": "file", "path": "../x", "size": 1, "oid": "1111111111111111111111111111111111111111"}]'
expect_text "$T/err" '../x'
lying '[{"type": "file", "path": "a", "size": -1, "oid": "1111111111111111111111111111111111111111"}]'
lying 'nonsense'

# AI Studio's server tells git ids.
serve_sample demo
start_mock studio
sdk_fills studio org/demo --cache "$T/studio" || fail "the SDK does not download: $(cat "$T/studio.out")"
export STUDIO_GIT_HOST=${hubs[studio]}
expect_status 0 verify-sha "aistudio:$T/studio" --hub --json
[ "$(grep -c '"source":"hub"' "$T/out")" -ge 10 ] || fail "AI Studio was not asked: $(cat "$T/out")"
printf x >>"$T/studio/models/org/demo/README.md"
expect_status 1 verify-sha "aistudio:$T/studio" --hub
expect_text "$T/out" 'README.md  unmatched'
