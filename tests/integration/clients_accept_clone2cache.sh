#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What clone2cache writes, the real clients take for their own, online and offline, and transfer no file body.
. "$(dirname "$0")/lib.sh"

MAKE_CLONE_ODD_NAMES=yes make_clone
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs
python3 "$support/expected_listing.py" "$T/repo/origin.git" main dev v1.0 refs/pr/1 >"$T/expected.json"
# The hub offers each large file also as a xet transfer, as the real one does: that must not tempt a client either.
"$clients/hf2/bin/python" "$top/tests/clients/make_xet.py" "$T/cas" "$T/xet.json" "$T/repo/origin.git" || fail "hf_xet cannot fill its store"
start_hub --repo "model:org/demo=$T/repo/origin.git" --page 7 --xet-cas "$T/cas" --xet-map "$T/xet.json"
for commit in "$T"/hub/models--org--demo/snapshots/*; do
  [ -s "$T/hub/models--org--demo/trees/$(basename "$commit").json" ] || fail "$commit has no listing: its loading costs requests"
done

for client in hf2 hf0 js transformers; do
  cp -a "$T/hub" "$T/hub-$client"
  accepts "$client" "$T/hub-$client" org/demo || fail "$client does not accept the cache: $(cat "$T/err")"
  cat "$T/out"
done
