#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cache2clone without a copy of anything large against hard links by cp, and of many small files against cp + sync; in one run.
#
# Usage: clone_bench.sh [DIR] [GIB_PER_FILE] [SMALL_FILES]     DIR is on the file system to measure; 100 large files (default: 4 GiB each,
#                                                              which are holes: nobody reads them), 20,000 small ones of 2 KiB
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/modelcache-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
bench=$top/tests/bench
convert=${MODELCACHE_BIN:-$top/build/release/bin}/cache2clone

python3 - "$dir/hub" "${2:-4}" "${3:-20000}" <<'PY'
import hashlib, os, random, sys
hub, gib, small = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
source = random.Random(1)
def repo(name, files):
    base = f"{hub}/models--org--{name}"
    snapshot = f"{base}/snapshots/{'a' * 40}"
    for folder in ("blobs", "refs"):
        os.makedirs(f"{base}/{folder}")
    open(f"{base}/refs/main", "w").write("a" * 40)
    for path, content in files:
        if content is None:
            etag = source.randbytes(32).hex()
            with open(f"{base}/blobs/{etag}", "wb") as file:
                file.truncate(gib << 30)
        else:
            etag = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            open(f"{base}/blobs/{etag}", "wb").write(content)
        os.makedirs(os.path.dirname(f"{snapshot}/{path}"), exist_ok=True)
        os.symlink("../" * path.count("/") + f"../../blobs/{etag}", f"{snapshot}/{path}")
repo("big", [(f"model-{n:05}.safetensors", None) for n in range(100)] + [("config.json", b"{}")])
repo("small", [(f"data/{n % 100}/{n}.json", source.randbytes(2048)) for n in range(small)])
PY
sync
echo "100 files of ${2:-4} GiB on $(stat -f -c %T "$dir"), nothing large copied"
clone() { echo "$convert org/$1 '$dir/made' --from 'hf:$dir/hub'"; }
"$bench/compare.py" --runs 5 --before "rm -rf '$dir/made' '$dir/copy' && sync" \
  "cp -rl=cp -rl '$dir/hub/models--org--big' '$dir/copy'" \
  "cache2clone=$(clone big) --worktree pointers --link hardlink --verify size"
rm -rf "$dir/made"
before=$(stat -f -c '%f * %S' "$dir")
sh -c "$(clone big) --worktree pointers --link hardlink --verify size" >/dev/null 2>&1
sync -f "$dir"
echo "the clone took $(((before) - ($(stat -f -c '%f * %S' "$dir")))) bytes of the disk"
rm -rf "$dir/made"
echo
echo "${3:-20000} files of 2 KiB"
"$bench/compare.py" --runs 5 --before "rm -rf '$dir/made' '$dir/copy' && sync" \
  "cp -rL + sync=sh -c 'cp -rL \"$dir/hub/models--org--small/snapshots\" \"$dir/copy\" && sync -f \"$dir\"'" \
  "cache2clone=$(clone small)"
