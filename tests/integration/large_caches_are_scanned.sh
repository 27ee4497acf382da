#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Scale: 10,000 revisions, and 100,000 entries in one revision, are scanned with few descriptors and bounded memory.
. "$(dirname "$0")/lib.sh"

"$top/tests/bench/make_cache.py" "$T/wide" --repos 100 --revisions 100 --files 5
"$top/tests/bench/make_cache.py" "$T/deep" --repos 1 --revisions 1 --files 100000 --listings
for cache in wide deep; do
  (
    ulimit -n 32
    ulimit -v $((512 * 1024))
    expect_status 0 cache-scan "hf:$T/$cache" --json
  )
done
python3 - "$T/out" <<'PY' || fail "100,000 entries are not all counted"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
repo = next(record for record in records if record["record"] == "repo")
revision = next(record for record in records if record["record"] == "revision")
assert repo["files"] == revision["files"] == 100000 and revision["complete"] is True, (repo, revision)
PY
expect_status 0 cache-scan "hf:$T/wide" --json
[ "$(grep -c '"record":"revision"' "$T/out")" -eq 10000 ] || fail "10,000 revisions are not all shown"
