#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# huggingface_hub and clone2cache wait for each other's lock on a content, and then use what the other one brought.
. "$(dirname "$0")/lib.sh"
need strace

make_clone
export HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1
large=$(sha256sum <"$T/repo/clone/model.safetensors" | cut -d ' ' -f 1)
repo=models--org--demo
source=$T/repo/clone/.git/lfs/objects/${large:0:2}/${large:2:2}/$large

until_true() { # WHAT COMMAND...
  for _ in $(seq 600); do
    ! "${@:2}" || return 0
    sleep 0.05
  done
  fail "in vain waited for $1"
}
# Starts the client's download; sets $client_pid.
start_client() { # CLIENT CACHE
  HF_ENDPOINT=$hub "$clients/$1/bin/python" -c '
import sys, huggingface_hub
print(huggingface_hub.hf_hub_download("org/demo", "model.safetensors", cache_dir=sys.argv[1]))' "$2" >"$T/client.out" 2>"$T/client.err" &
  client_pid=$!
}
start_ours() { # WAIT COMMAND...: with one content only; sets $our_pid
  "${@:2}" clone2cache "$T/repo/clone" --to "hf:$T/hub" --include '*.safetensors' --wait "$1" >"$T/out" 2>"$T/err" &
  our_pid=$!
}
ends_well() { # WHO PID FILE
  wait "$2" || fail "$1 ended with $?: $(cat "$3")"
}
client_has_it() { # CLIENT
  ends_well "$1" "$client_pid" "$T/client.err"
  cmp -s "$(cat "$T/client.out")" "$T/repo/clone/model.safetensors" || fail "$1 has another content: $(cat "$T/client.out")"
}
partial() { find "$T/hub/$repo/blobs" -name "$large*.incomplete" -printf '%i\n' 2>/dev/null | grep .; }
is_held() { [ -e "$1" ] && ! flock -n "$1" true; }
asked() { grep -q "$1" "$T/requests"; }

for client in hf2 hf0; do
  # The client is in the middle of a download.
  rm -rf "$T/hub" "$T/gate"
  start_hub --repo "model:org/demo=$T/repo/origin.git" --gate "$T/gate"
  start_client "$client" "$T/hub"
  until_true "half a download by $client" is_held "$T/hub/.locks/$repo/$large.lock"
  until_true "half a download by $client" partial >/dev/null
  inode=$(partial) || fail "$client writes nowhere"
  start_ours 0s
  status=0
  wait "$our_pid" || status=$?
  [ "$status" -eq 5 ] || fail "while $client downloads, clone2cache ended with $status, not 5: $(cat "$T/err")"
  [ "$(partial)" = "$inode" ] || fail "clone2cache touched what $client is writing"
  [ ! -e "$T/hub/$repo/snapshots/$(git -C "$T/repo/clone" rev-parse HEAD)/model.safetensors" ] || fail "a content is shown that is not there"
  start_ours 60s
  sleep 0.5
  kill -0 "$our_pid" || fail "clone2cache did not wait for $client: $(cat "$T/err")"
  touch "$T/gate"
  client_has_it "$client"
  ends_well clone2cache "$our_pid" "$T/err"
  [ "$(stat -c %i "$T/hub/$repo/blobs/$large")" = "$inode" ] || fail "clone2cache wrote again what $client had brought"
  expect_status 0 cache-scan "hf:$T/hub" --check --strict

  # And the other way round: clone2cache is stopped while it copies the content.
  rm -rf "$T/hub" "$T/requests"
  start_hub --repo "model:org/demo=$T/repo/origin.git" --log "$T/requests"
  start_ours 10s strace -f -qq -o "$T/trace" -P "$source" -e trace=pread64 -e inject=pread64:signal=SIGSTOP:when=1
  until_true "clone2cache to hold its lock" is_held "$T/hub/.locks/$repo/$large.lock"
  until_true "clone2cache to stop" grep -q 'stopped by SIGSTOP' "$T/trace"
  start_client "$client" "$T/hub"
  until_true "$client to ask" asked 'HEAD .*model.safetensors'
  sleep 1
  kill -0 "$client_pid" || fail "$client did not wait for clone2cache: $(cat "$T/client.out" "$T/client.err")"
  [ "$(body_bytes)" -eq 0 ] || fail "$client downloads while clone2cache holds the lock"
  kill -CONT "$(sed -n 's/^\([0-9]*\) .*SIGSTOP.*/\1/p' "$T/trace" | head -n 1)"
  ends_well clone2cache "$our_pid" "$T/err"
  client_has_it "$client"
  [ "$(body_bytes)" -eq 0 ] || fail "$client downloaded what clone2cache had brought"
  expect_status 0 cache-scan "hf:$T/hub" --check --strict
  echo "$client and clone2cache wait for each other"
done
