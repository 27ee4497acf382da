#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A hundred random repos, each of two revisions that share contents, go cache -> cache -> cache through each layout: the last cache is the
# first one, to the links, refs and listings.
. "$(dirname "$0")/lib.sh"

same() { # SEED CACHE
  diff -r --no-dereference --exclude=.locks "$memory/hub" "$2" || fail "seed $1: $2 is another cache"
}
use_memory
for seed in $(seq 100); do
  rm -rf "$memory"/*
  for number in 1 2; do
    python3 "$support/random_tree.py" "$memory/tree-$number" $((seed + number))
    find "$memory/tree-$number" -type d -empty -delete
    expect_status 0 dir2cache "$memory/tree-$number" --repo org/tree --ref "v$number" --to "hf:$memory/hub"
  done
  # One of them is named by no ref.
  [ $((seed % 3)) -ne 0 ] || rm "$memory/hub/models--org--tree/refs/v1"
  expect_status 0 cache2cache --from "hf:$memory/hub" --to "hf:$memory/copy"
  same "$seed" "$memory/copy"
  expect_status 0 cache2cache --from "hf:$memory/copy" --to "hf:$memory/files" --cache-layout files
  [ -z "$(find "$memory/files" -type l)" ] || fail "seed $seed: links in a cache of files"
  expect_status 0 cache2cache --from "hf:$memory/files" --to "hf:$memory/back" --move --settle 0
  same "$seed" "$memory/back"
  [ ! -e "$memory/files/models--org--tree" ] || fail "seed $seed: what was moved is still there"
done
"$support/tree_check.py" "$memory/back" || fail "the last one is not sound"
