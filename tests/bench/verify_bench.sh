#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify-sha as a whole: a cache of many small files beside `hf cache verify` against a hub on loopback, and large files that are not in
# memory beside `dd`.
#
# Usage: verify_bench.sh [--runs N] [--files N] [DIR]     needs a release build, build/clients, 1 GiB in /dev/shm, root and 4 GiB in
# DIR (default: build) for the cold part
set -euo pipefail

runs=3 files=100000
while [ "${1:-}" = --runs ] || [ "${1:-}" = --files ]; do
  [ "$1" = --runs ] && runs=$2 || files=$2
  shift 2
done
top=$(cd "$(dirname "$0")/../.." && pwd)
memory=$(mktemp -d /dev/shm/modelcache-bench.XXXXXX)
disk=$(mktemp -d "${1:-$top/build}/modelcache-bench.XXXXXX")
children=()
finish() {
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  rm -rf "$memory" "$disk"
}
trap finish EXIT
compare=$top/tests/bench/compare.py
export PATH=${MODELCACHE_BIN:-$top/build/release/bin}:$PATH
export HOME=$memory GIT_CONFIG_NOSYSTEM=1 HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1

echo "$files files of 4 KiB, half of them LFS files"
python3 - "$memory/files" "$files" <<'PY'
import os, random, sys
chance = random.Random(1)
for number in range(int(sys.argv[2])):
    folder = f"{sys.argv[1]}/{number // 1000:03d}"
    if number % 1000 == 0:
        os.makedirs(folder)
    with open(f"{folder}/{number:06d}.bin", "wb") as file:
        file.write(chance.randbytes(4096 - number % 2))
PY
"$top/tests/support/make_served_repo.py" "$memory/origin.git" --directory "$memory/files" --large 4096 >/dev/null
rm -r "$memory/files"
"$top/tests/support/fake_hub.py" --repo "model:org/wide=$memory/origin.git" --port-file "$memory/port" &
children+=($!)
until [ -s "$memory/port" ]; do sleep 0.1; done
HF_ENDPOINT=$(cat "$memory/port")
export HF_ENDPOINT
clone2cache "$memory/origin.git" --repo org/wide --to "hf:$memory/hub" >/dev/null
python=${MODELCACHE_CLIENTS:-$top/build/clients}/hf2/bin
"$compare" --runs "$runs" "hf cache verify=$python/hf cache verify org/wide --cache-dir $memory/hub" "verify-sha=verify-sha hf:$memory/hub --quiet" \
  "verify-sha --hub=verify-sha hf:$memory/hub --hub --quiet" "verify-sha --quick=verify-sha hf:$memory/hub --quick --quiet"

[ "$(id -u)" -eq 0 ] || { echo "without root nothing can be made cold"; exit 0; }
echo "8 files of 512 MiB on disk, none of them in memory"
mkdir "$disk/large"
for number in $(seq 8); do
  openssl enc -aes-128-ctr -K "$(printf %032d "$number")" -iv "$(printf %032d 2)" </dev/zero 2>/dev/null | head -c $((512 << 20)) >"$disk/large/$number.bin" || true
done
(cd "$disk/large" && sha256sum -- * >"$disk/sums")
sync
dd_all="sh -c 'for file in $disk/large/*; do dd if=\$file of=/dev/null bs=1M status=none; done'"
"$compare" --runs "$runs" --before 'sync; echo 3 >/proc/sys/vm/drop_caches' "dd=$dd_all" "verify-sha=verify-sha dir:$disk/large --manifest $disk/sums --quiet" \
  "verify-sha -j1=verify-sha dir:$disk/large --manifest $disk/sums --quiet -j1" "verify-sha -j8=verify-sha dir:$disk/large --manifest $disk/sums --quiet -j8"
