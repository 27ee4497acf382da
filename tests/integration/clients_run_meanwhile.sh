#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# While clone2cache writes, clients read and download in the same repo: at each moment what they read is whole and stays, and afterwards
# the cache is as if one of them had made it alone.
. "$(dirname "$0")/lib.sh"
need strace

make_clone
python3 "$support/expected_listing.py" "$T/repo/origin.git" main dev v1.0 refs/pr/1 >"$T/expected.json"
start_hub --repo "model:org/demo=$T/repo/origin.git"
export HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1
# Slow enough to be seen between any two steps.
steps=mkdirat,symlinkat,fsync,renameat2,unlinkat
slowly=(strace -f -qq -o "$T/trace" -e "trace=$steps" -e "inject=$steps:delay_exit=10000")

for client in hf2 hf0; do
  python=$clients/$client/bin/python
  "$python" "$top/tests/clients/read_meanwhile.py" "$T/new-$client" "$T/expected.json" \
    "${slowly[@]}" clone2cache "$T/repo/clone" --to "hf:$T/new-$client" --all-refs --quiet || fail "$client reads a new cache"
  clone2cache "$T/repo/clone" --to "hf:$T/more-$client" --quiet >"$T/out"
  "$python" "$top/tests/clients/read_meanwhile.py" "$T/more-$client" "$T/expected.json" \
    "${slowly[@]}" clone2cache "$T/repo/clone" --to "hf:$T/more-$client" --all-refs --quiet || fail "$client reads while more is added"
done

# A writer that shows a revision before its contents is caught.
mkdir -p "$T/early/models--org--demo"
! "$clients/hf0/bin/python" "$top/tests/clients/read_meanwhile.py" "$T/early" "$T/expected.json" bash -c "cd '$T/new-hf0/models--org--demo'
  for part in trees snapshots refs blobs; do cp -a \$part '$T/early/models--org--demo/'; sleep 0.5; done" 2>"$T/err" || fail "a wrong order is not seen"
expect_text "$T/err" AssertionError

# clone2cache is stopped at its first large content, with small ones written, until the client has begun to download.
stopped=("${slowly[@]}" -e "trace=$steps,fadvise64" -e inject=fadvise64:signal=SIGSTOP:when=1)
for client in hf2 hf0 js; do
  cache=$T/both-$client
  before=$(body_bytes)
  "${stopped[@]}" clone2cache "$T/repo/clone" --to "hf:$cache" --all-refs --jobs 1 >"$T/out" 2>"$T/err" &
  ours=$!
  until grep -q 'stopped by SIGSTOP' "$T/trace" 2>/dev/null; do
    kill -0 "$ours" || fail "clone2cache did not come to a large content: $(cat "$T/err")"
    sleep 0.02
  done
  case $client in
    js) (cd "$clients" && exec node "$top/tests/clients/fill_cache.mjs" "$cache" org/demo "$hub" main dev v1.0 refs/pr/1) ;;
    *) HF_ENDPOINT=$hub "$clients/$client/bin/python" "$top/tests/clients/fill_cache.py" "$cache" org/demo ;;
  esac >"$T/client.out" 2>&1 &
  theirs=$!
  while [ "$(body_bytes)" -eq "$before" ] && kill -0 "$theirs" 2>/dev/null; do sleep 0.02; done
  kill -CONT "$(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' "$T/trace")"
  rm "$T/trace"
  wait "$theirs" || fail "$client fails while clone2cache runs: $(cat "$T/client.out")"
  wait "$ours" || fail "clone2cache fails while $client runs: $(cat "$T/err")"
  grep -qE ': [1-9][0-9]* written' "$T/err" || fail "clone2cache wrote nothing: $(cat "$T/err")"
  expect_status 0 cache-scan "hf:$cache" --check --strict
  expect_no_text "$T/err" partial_download
  rm -f "$cache/CACHEDIR.TAG"
  accepts "$client" "$cache" org/demo || fail "$client does not accept what both wrote: $(cat "$T/err")"
  echo "$client downloads meanwhile"
done
