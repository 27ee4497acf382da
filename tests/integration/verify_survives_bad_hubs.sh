#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A hub that is shut, busy, silent, endless, cut off, or sends us elsewhere: each ends in time, in little memory, with the documented status
# and a reason, and no token comes to a stranger.
. "$(dirname "$0")/lib.sh"

mkdir "$T/dir"
printf hello >"$T/dir/a.txt"
oid=$(printf hello | git hash-object --stdin)
printf '[{"type": "file", "path": "a.txt", "size": 5, "oid": "%s"}]' "$oid" >"$T/listing"
echo well >"$T/mode"
python3 "$support/bad_hub.py" "$T/mode" "$T/address" "$T/log" "$T/listing" &
children+=($!)
for _ in $(seq 200); do [ -s "$T/address" ] && break; sleep 0.05; done
HF_ENDPOINT=$(cat "$T/address")
export HF_ENDPOINT HF_TOKEN=hf_secret NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

# asked MODE STATUS [TEXT]: within a quarter of a minute and 600 MB of address space
asked() {
  echo "$1" >"$T/mode"
  : >"$T/log"
  local start=$SECONDS
  expect_status "$2" bash -c 'ulimit -v 600000; exec "$@"' bash verify-sha "$T/dir" --hub --repo org/demo --timeout 5s -j1
  [ $((SECONDS - start)) -le 15 ] || fail "$1: it took $((SECONDS - start)) s"
  [ -z "${3:-}" ] || expect_text "$T/err" "$3"
  ! grep -q hf_secret "$T/out" "$T/err" || fail "$1: the token is shown"
  ! grep -q '^stranger .*hf_secret' "$T/log" || fail "$1: a stranger got the token"
}
asked well 0
grep -q '^hub .* Bearer hf_secret$' "$T/log" || fail "the hub did not get the token"
asked busy 0
[ "$(grep -c '/tree/' "$T/log")" -ge 3 ] || fail "a busy hub was not asked again"
asked full 3 429
asked private 0
HF_TOKEN='' asked private 3 'wants a token'
mkdir -p "$HOME/.cache/huggingface"
printf 'hf_secret\n' >"$HOME/.cache/huggingface/token"
(unset HF_TOKEN; asked private 0)
asked silent 3 "$HF_ENDPOINT"
asked endless 6 "$HF_ENDPOINT"
asked cut 3 "$HF_ENDPOINT"
asked loop 6 "$HF_ENDPOINT"
asked next-elsewhere 6 "$HF_ENDPOINT"
! grep -q '^stranger' "$T/log" || fail "a next page was asked of a stranger"
# A redirect is followed, without the token.
asked elsewhere 0
grep -q '^stranger .* -$' "$T/log" || fail "a redirect was not followed"
