#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What clone2cache writes, the real clients take for their own, online and offline, and transfer no file body.
. "$(dirname "$0")/lib.sh"

make_clone
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs
python3 "$support/expected_listing.py" "$T/repo/origin.git" main dev v1.0 refs/pr/1 >"$T/expected.json"
# The hub offers each large file also as a xet transfer, as the real one does: that must not tempt a client either.
"$clients/hf2/bin/python" "$top/tests/clients/make_xet.py" "$T/cas" "$T/xet.json" "$T/repo/origin.git" || fail "hf_xet cannot fill its store"
start_hub --repo "model:org/demo=$T/repo/origin.git" --page 7 --xet-cas "$T/cas" --xet-map "$T/xet.json"
for commit in "$T"/hub/models--org--demo/snapshots/*; do
  [ -s "$T/hub/models--org--demo/trees/$(basename "$commit").json" ] || fail "$commit has no listing: its loading costs requests"
done

for client in hf2 hf0; do
  cp -a "$T/hub" "$T/hub-$client"
  "$clients/$client/bin/python" "$top/tests/clients/accept_hf.py" "$T/hub-$client" org/demo "$T/expected.json" "$hub" ||
    fail "$client does not accept the cache"
done
cp -a "$T/hub" "$T/hub-js"
(cd "$clients" && node "$top/tests/clients/accept_js.mjs" "$T/hub-js" org/demo "$T/expected.json" "$hub") ||
  fail "the JavaScript client does not accept the cache"
cp -a "$T/hub" "$T/hub-transformers"
"$clients/hf2/bin/python" "$top/tests/clients/accept_transformers.py" "$T/hub-transformers" org/demo ||
  fail "transformers does not load from the cache"
