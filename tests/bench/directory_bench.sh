#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cache2dir and dir2cache of 8 large files against cp + sync + openssl dgst of them, and of many small ones against cp -r + sync, in one run.
#
# Usage: directory_bench.sh [DIR] [MIB_PER_FILE] [SMALL_FILES]     DIR is on the file system to measure (default: 512 MiB, 100000 files)
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/modelcache-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
mib=${2:-512}
small=${3:-100000}
bench=$top/tests/bench
bin=${MODELCACHE_BIN:-$top/build/release/bin}

python3 - "$dir" "$mib" "$small" <<'PY'
import os, sys
root, mib, small = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.mkdir(f"{root}/large")
for number in range(8):
    block = os.urandom(1 << 20)
    with open(f"{root}/large/model-{number}.safetensors", "wb") as file:
        for index in range(mib):
            file.write(index.to_bytes(8, "big") + block[8:])
for number in range(small):
    folder = f"{root}/small/{number // 1000:03}"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{number % 1000:03}.txt", "wb") as file:
        file.write((b"%d " % number * 400)[:2048])
PY
for kind in large small; do "$bin/dir2cache" "$dir/$kind" --repo "org/$kind" --to "hf:$dir/hub" >/dev/null 2>&1; done
"$bin/cache2dir" org/large "$dir/noted" --from "hf:$dir/hub" >/dev/null 2>&1
"$bin/cache2dir" org/small "$dir/noted-small" --from "hf:$dir/hub" >/dev/null 2>&1
sync
clean="rm -rf '$dir/copy' '$dir/new' && sync"
echo "8 files of $mib MiB on $(stat -f -c %T "$dir"), page cache warm"
"$bench/compare.py" --runs 3 --before "$clean" \
  "cp + sync + openssl=sh -c 'mkdir \"$dir/copy\" && cp --reflink=never -t \"$dir/copy\" \"$dir\"/large/* && sync \"$dir\"/copy/* && openssl dgst -sha256 \"$dir\"/copy/*'" \
  "cache2dir=$bin/cache2dir org/large '$dir/new' --from 'hf:$dir/hub'" \
  "dir2cache of noted files=$bin/dir2cache '$dir/noted' --to 'hf:$dir/new'" \
  "dir2cache of unknown files=$bin/dir2cache '$dir/large' --repo org/large --to 'hf:$dir/new'"
echo
echo "$small files of 2 KiB"
"$bench/compare.py" --runs 3 --before "$clean" \
  "cp -r + sync=sh -c 'cp -r \"$dir/small\" \"$dir/copy\" && sync'" \
  "cache2dir=$bin/cache2dir org/small '$dir/new' --from 'hf:$dir/hub'" \
  "dir2cache of noted files=$bin/dir2cache '$dir/noted-small' --to 'hf:$dir/new'"
