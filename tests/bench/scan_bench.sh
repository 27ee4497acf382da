#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cache-scan against du -s and against the client's own scanner, on caches of growing size, in one run.
#
# Usage: scan_bench.sh [DIR]     needs a release build; HF_PYTHON: a Python that has huggingface_hub (default: that of the tests)
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/modelcache-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
bench=$top/tests/bench
scan=${MODELCACHE_BIN:-$top/build/release/bin}/cache-scan
python=${HF_PYTHON:-$top/build/clients/hf2/bin/python}

"$bench/compare.py" --runs 21 "cache-scan --version=$scan --version" "true=true"
echo
for repos in 100 1000; do
  "$bench/make_cache.py" "$dir/$repos" --repos "$repos"
  echo "$repos repos x 2 revisions x 20 files: $(find "$dir/$repos" | wc -l) names"
  others=()
  [ -x "$python" ] && others=("scan_cache_dir=$python -c 'import huggingface_hub; huggingface_hub.scan_cache_dir(\"$dir/$repos\")'")
  "$bench/compare.py" --runs 5 "du -s=du -s '$dir/$repos'" "cache-scan=$scan hf:$dir/$repos" "cache-scan -j1=$scan -j1 hf:$dir/$repos" \
    "cache-scan --json --files=$scan hf:$dir/$repos --json --files" "${others[@]}"
  echo
done
rm -rf "${dir:?}"/1000
"$bench/make_cache.py" "$dir/listings" --listings
echo "1000 repos with listings"
"$bench/compare.py" --runs 5 "du -s=du -s '$dir/listings'" "cache-scan=$scan hf:$dir/listings"
rm -rf "$dir/listings"
echo
"$bench/make_cache.py" "$dir/million" --repos 100 --revisions 5 --files 1250
echo "$(find "$dir/million" | wc -l) names in 100 repos"
"$bench/compare.py" --runs 3 "du -s=du -s '$dir/million'" "cache-scan=$scan hf:$dir/million"
