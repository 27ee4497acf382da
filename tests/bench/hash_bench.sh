#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The hash engine against openssl, sha256sum and, where they are installed, rclone and hashdeep: files in memory, in one run.
#
# Usage: hash_bench.sh [--runs N] [DIR]     needs a release build and 4 GiB in DIR (default: /dev/shm)
set -euo pipefail

runs=7
if [ "${1:-}" = --runs ]; then
  runs=$2
  shift 2
fi
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${1:-/dev/shm}/modelcache-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
compare="$top/tests/bench/compare.py --runs $runs"
ours=${MODELCACHE_BIN:-$top/build/release/bin}/hash_bench
cores=$(nproc)
# Without SHA extensions: the bit in the answer of the processor that OpenSSL asks for.
masked="env OPENSSL_ia32cap=:~0x20000000"
cd "$dir"

# Gives TARGET files of SIZE bytes each, in the list TARGET.
make_files() { # TARGET COUNT SIZE
  mkdir "$1"
  head -c $(($2 * $3)) /dev/zero | openssl enc -aes-128-ctr -K "$(printf %032d 1)" -iv "$(printf %032d 2)" |
    (cd "$1" && split -a 5 -d -b "$3" -)
  find "$1" -type f >"$1.list"
}

# All the commands print the same.
check() { # TARGET
  sort <("$ours" "$cores" <"$1.list") | cmp - <(xargs sha256sum <"$1.list" | sort)
}

make_files large 32 $((128 << 20))
check large
echo "32 files of 128 MiB, $cores cores"
others=()
command -v rclone >/dev/null && others+=("rclone hashsum=rclone hashsum sha256 --checkers $cores large")
command -v hashdeep >/dev/null && others+=("hashdeep=hashdeep -c sha256 -j $cores -r large")
$compare "openssl, one a core=xargs -P $cores -n 4 openssl dgst -sha256 <large.list" "ours=$ours $cores <large.list" \
  "sha256sum, one a core=xargs -P $cores -n 4 sha256sum <large.list" "${others[@]}"
echo "one of them alone with all files"
$compare --runs 3 "sha256sum=xargs sha256sum <large.list" "ours=$ours $cores <large.list"
echo "one core"
$compare "openssl=taskset -c 0 xargs openssl dgst -sha256 <large.list" "ours=taskset -c 0 $ours 1 <large.list"
echo "without the SHA extensions"
$compare --runs 3 "openssl, one a core=$masked xargs -P $cores -n 4 openssl dgst -sha256 <large.list" \
  "ours, avx2=env MODELCACHE_SHA256=avx2 $ours $cores <large.list"
echo "git's sha1"
$compare "openssl -sha1, one a core=xargs -P $cores -n 4 openssl dgst -sha1 <large.list" "ours=$ours $cores git-sha1 <large.list"
rm -r large

make_files huge 4 $((1 << 30))
check huge
echo "4 files of 1 GiB"
$compare "openssl, one a core=xargs -P $cores -n 1 openssl dgst -sha256 <huge.list" "ours=$ours $cores <huge.list"
rm -r huge

make_files giant 1 $((1 << 32))
check giant
echo "one file of 4 GiB"
$compare "openssl=xargs openssl dgst -sha256 <giant.list" "ours=$ours $cores <giant.list" "ours, one core=taskset -c 0 $ours 1 <giant.list"
rm -r giant

make_files small 100000 4096
check small
echo "100,000 files of 4 KiB"
$compare "sha256sum, one a core=xargs -P $cores -n 1000 sha256sum <small.list" "ours=$ours $cores <small.list"
