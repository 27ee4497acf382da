#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Datasets, spaces, kernels and models without an owner, converted beside each other, are accepted by each client that knows the kind.
. "$(dirname "$0")/lib.sh"

make_clone
python3 "$support/expected_listing.py" "$T/repo/origin.git" main >"$T/expected.json"
kinds=(dataset/org/demo space/org/demo gpt2 dataset/squad kernel/org/demo)
served=()
for repo in "${kinds[@]}"; do
  # huggingface_hub 0.x warns of kernels.
  [ "$repo" != kernel/org/demo ] || cp -a "$T/hub" "$T/hub-hf0"
  expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub" --repo "$repo"
  case $repo in
    */*) served+=(--repo "${repo/\//:}=$T/repo/origin.git") ;;
    *) served+=(--repo "model:$repo=$T/repo/origin.git") ;;
  esac
done
start_hub "${served[@]}"
cp -a "$T/hub" "$T/hub-hf2"
cp -a "$T/hub" "$T/hub-js"

for client in hf2 hf0 js; do
  for repo in "${kinds[@]}"; do
    [ "$client $repo" != "hf0 kernel/org/demo" ] || continue
    accepts "$client" "$T/hub-$client" "$repo" || fail "$client does not accept $repo: $(cat "$T/err")"
    echo "$client accepts $repo"
  done
done
