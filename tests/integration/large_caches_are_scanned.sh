#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# 100,000 contents, 10,000 revisions, and 100,000 entries in one revision, are scanned with 32 descriptors and 512 MiB of addresses, in
# less than 10 seconds and 200 MiB.
. "$(dirname "$0")/lib.sh"

use_memory
"$top/tests/bench/make_cache.py" "$memory/wide" --repos 100 --revisions 100 --files 5
"$top/tests/bench/make_cache.py" "$memory/deep" --repos 1 --revisions 1 --files 100000 --listings
for cache in wide deep; do
  cache-scan "hf:$memory/$cache" >/dev/null
  (
    ulimit -n 32
    ulimit -v $((512 * 1024))
    expect_status 0 python3 - "$T/used" cache-scan "hf:$memory/$cache" --json <<'PY'
import os, resource, subprocess, sys, time
start = time.monotonic()
status = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], "w").write(f"{time.monotonic() - start:.3f} {used.ru_maxrss} {used.ru_utime + used.ru_stime:.3f}\n")
sys.exit(status)
PY
  )
  # The processor's seconds rather than the clock's: the machine may be busy with other tests.
  read -r _ kib seconds <"$T/used"
  [ "$kib" -le $((200 * 1024)) ] || fail "$cache takes $kib KiB"
  [ "${seconds%.*}" -lt 10 ] || fail "$cache takes $seconds s"
  mv "$T/out" "$T/$cache.json"
done
python3 - "$T/deep.json" <<'PY' || fail "100,000 entries are not all counted"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
repo = next(record for record in records if record["record"] == "repo")
revision = next(record for record in records if record["record"] == "revision")
assert repo["files"] == revision["files"] == 100000 and revision["complete"] is True, (repo, revision)
PY
[ "$(find "$memory/deep" -path '*/blobs/*' | wc -l)" -eq 100000 ] || fail "the cache is too small: this proves nothing"
[ "$(grep -c '"record":"revision"' "$T/wide.json")" -eq 10000 ] || fail "10,000 revisions are not all shown"
