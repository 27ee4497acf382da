#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A hundred random trees go directory -> cache -> directory -> cache: the files come back byte by byte with their modes, and the second
# cache is the first one, to the links, refs and listings.
. "$(dirname "$0")/lib.sh"

make_tree() { python3 "$support/random_tree.py" "$@"; }
files() { (cd "$1" && find . -path ./.cache -prune -o -type f -printf '%p %m %s\n' | LC_ALL=C sort); }

use_memory
for seed in $(seq 100); do
  rm -rf "$memory"/*
  make_tree "$memory/one" "$seed"
  find "$memory/one" -type d -empty -delete
  expect_status 0 dir2cache "$memory/one" --repo org/tree --ref v1 --ref main --to "hf:$memory/hub"
  expect_status 0 cache2dir org/tree@v1 "$memory/two" --from "hf:$memory/hub" --quiet
  files "$memory/one" >"$T/wanted"
  files "$memory/two" | diff "$T/wanted" - || fail "seed $seed: other names, modes or sizes"
  diff -r --exclude=.cache "$memory/one" "$memory/two" || fail "seed $seed: other bytes"
  expect_status 0 dir2cache "$memory/two" --ref v1 --ref main --to "hf:$memory/back"
  expect_no_text "$T/err" large_decided
  diff -r --no-dereference --exclude=.locks "$memory/hub" "$memory/back" || fail "seed $seed: another cache"
done
"$support/tree_check.py" "$memory/back" || fail "the last one is not sound"
